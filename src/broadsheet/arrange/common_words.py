"""Words that tell nothing about a report: they count for little from the first record on.

A large site's own numbers say as much of any language; in a small one every word is rare. Words of up to three letters
are left out, for all such count for little.
"""

_ENGLISH = """
    about after again against almost along already also although always among another anything around away back
    because become becomes been before behind being below best better between beyond both bring brings cannot come
    comes could does doing done down during each either else even ever every everything explained first following
    from full gets getting give gives goes going gone good great have having help helps here highlights into itself
    just keep keeps know known last later latest least less like likely look looks made make makes making many means
    might more most much must need needs never news next nothing once only other others ours over part parts please
    report reports review right said same says seen several shall should show shows since some something soon still
    such take takes taking than that that's their them then there these they they're thing things this those through
    today together tomorrow tonight toward towards under until update updates upon used uses using very want wants
    week weeks well went were what what's when where whether which while whole whose will with within without would
    year years yesterday your you're yours monday tuesday wednesday thursday friday saturday sunday january february
    march april june july august september october november december
"""
_GERMAN = """
    aber alle allem allen aller alles anderen auch beim bereits dabei damit dann dass dein deine dem derzeit deren
    diese diesem diesen dieser dieses doch dort durch eine einem einen einer eines einige erst etwas gegen haben
    hatte hier ihre ihrem ihren ihrer immer jetzt kann kein keine können mehr muss nach nicht noch oder ohne schon
    sehr sein seine seinem seinen seiner seit sich sind sollen soll sowie über unter viele wann warum weil weiter
    welche wenn werden wieder wird wurde wurden zwischen heute gestern morgen woche jahr jahre
"""
_FRENCH = """
    ainsi alors après aussi autre autres avant avec avoir cela cette ceux chez comme comment contre dans depuis deux
    donc dont elle elles encore entre était être faire fait font leur leurs lors mais même moins notre nous pendant
    peut plus pour pourquoi quand quelle quels sans selon sera sont sous tous tout toute toutes très vers votre vous
    aujourd'hui semaine année années
"""
_SPANISH = """
    ahora antes aunque cada como contra cual cuando cuatro desde donde durante ella ellas ellos entre era eran esta
    estaba está están este esto estos fueron hace hacia hasta había luego mientras mismo mucho muchos nada nuestro
    nueva nuevo otra otras otro otros para parte pero poco porque pues puede pueden según será sido siempre sobre
    solo sólo también tanto tiene tienen toda todas todo todos tras unos años semana
"""
COMMON_WORDS = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH} {_SPANISH}".split())

"""Words that tell nothing about a report: they count for next to nothing from the first record on.

A large site's own numbers say as much of any language; in a small one every word is rare. Words that are a noun in
another of these languages are left out.
"""

_ENGLISH = """
    a about after again against all almost along already also although always am among an and another any anything
    april are around as at august away back be because become becomes been before behind being below best better
    between beyond big both bring brings but by can cannot come comes could december did do does doing done down
    during each either else even ever every everything explained february few first following for friday from full
    get gets getting give gives goes going gone good got great had has have having he help helps her here highlights
    him his how i if in into is it its itself january july june just keep keeps know known last later latest least
    less let like likely look looks made make makes making many march may me means might monday more most much must
    my need needs never new news next no nor not nothing november now october of off old on once one only or other
    others our ours out over own part parts per please put report reports review right said same saturday say says
    see seen september set several shall she should show shows since so some something soon still such sunday take
    takes taking than that that's the their them then there these they they're thing things this those through
    thursday today together tomorrow tonight too top toward towards try tuesday two under until up update updates
    upon us use used uses using very via want wants was way we wednesday week weeks well went were what what's when
    where whether which while who whole whose why will with within without would year years yes yesterday yet you
    you're your yours
"""
_GERMAN = """
    ab aber alle allem allen aller alles am an anderen auch auf aus bei beim bereits bis da dabei damit dann das
    dass dein deine dem den der deren derzeit des diese diesem diesen dieser dieses doch dort du durch ein eine
    einem einen einer eines einige er erst es etwas für gegen gestern haben hatte heute hier ich ihm ihn ihr ihre
    ihrem ihren ihrer im immer in ist ja jahr jahre jetzt kann kein keine können mehr mit morgen muss nach nicht nie
    noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sowie um
    und uns unter viele vom von vor wann warum was weil weiter welche wenn wer werden wie wieder wir wird woche
    wurde wurden zu zum zur zwischen über
"""
_FRENCH = """
    a ainsi alors année années après au aujourd'hui aussi autre autres aux avant avec avoir ce cela ces cette ceux
    chez ci comme comment contre dans de depuis des deux donc dont du elle elles en encore entre est et eu faire
    fait il ils je la le les leur leurs lors lui ma mais me mes moi moins mon même ne ni nos notre nous on ont ou où
    par pas pendant peut plus pour pourquoi quand que quelle quels qui sa sans se selon semaine sera ses si sont
    sous sur ta te tes toi tous tout toute toutes très tu un une va vers vos votre vous y à était être
"""
_SPANISH = """
    a ahora al antes así aunque años cada como con contra cual cuando cuatro de del desde donde dos durante el ella
    ellas ellos en entre eran es esa ese eso esta estaba este esto estos está están fue fueron ha había hace hacia
    han hasta hay la las le les lo los luego me mi mientras mis mismo mucho muchos muy más nada ni no nos nuestro
    nueva nuevo o os otra otras otro otros para parte pero poco por porque puede pueden pues que qué se según semana
    ser será si sido siempre sobre su sus sí sólo tal también tanto te tiene tienen toda todas todo todos tras tu un
    una unos va y ya yo
"""
COMMON_WORDS = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH} {_SPANISH}".split())

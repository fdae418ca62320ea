# Broadsheet as an image, from a checkout; docs/install.md says how it is used. Tried with buildah only, on a stand-in for its
# base. What it names is held to the rest by tests/test_package.py.
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
COPY templates /source/templates
RUN python -m venv /opt/broadsheet && /opt/broadsheet/bin/pip install --no-cache-dir "/source[all]"

FROM python:3.13-slim
COPY --from=build /opt/broadsheet /opt/broadsheet
ENV PATH=/opt/broadsheet/bin:$PATH
# A number, so that hosts which run no root can see that this is none.
USER 1000:1000
WORKDIR /site
EXPOSE 8000
ENTRYPOINT ["broadsheet"]
CMD ["--help"]

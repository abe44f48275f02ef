# The plainsail command, with the git that it runs. From the top of a checkout:
#
#	GOOS=linux make build && docker build -t plainsail .
#
# The binary is built outside: it is static, so nothing of a Go image would be
# used, and a release ships the very bytes that are in its archives.
#
# A release gives BASE with its digest (alpine:3.22@sha256:...), so that it can
# be built again from the same base.
ARG BASE=docker.io/library/alpine:3.22
FROM ${BASE}

# openssh-client is for rendered repositories that are reached by ssh.
RUN apk add --no-cache ca-certificates git openssh-client

# A checkout that is mounted belongs to whoever made it, which git would
# refuse. There is nothing else in a container that this could protect.
RUN git config --system --add safe.directory '*'

ARG BINARY=bin/plainsail
COPY ${BINARY} /usr/local/bin/plainsail

LABEL org.opencontainers.image.title="plainsail" \
      org.opencontainers.image.description="Renders Kubernetes sources to plain, reviewed YAML" \
      org.opencontainers.image.source="https://github.com/plainsail/plainsail" \
      org.opencontainers.image.licenses="Apache-2.0"

# A number, so that Kubernetes can tell that it is not root. It has no home of
# its own: /tmp is all that must be writable.
ENV HOME=/tmp
USER 65532:65532
WORKDIR /src
ENTRYPOINT ["/usr/local/bin/plainsail"]

# The image of the action: two static programs in an empty file system.
#
#   docker build .                                   compiles them
#   docker build --build-arg BINARIES=prebuilt .     takes what .ci/dist has built, and needs no network
#
# Wants BuildKit, which leaves the other source alone.
ARG BINARIES=build

# The release job pins this tag to a digest.
FROM rust:1.95-alpine AS build
# Alpine's mirrors keep only the newest build of a package, so a version pinned here breaks within weeks.
# hadolint ignore=DL3018
RUN apk add --no-cache gcc musl-dev
WORKDIR /src
COPY . .
RUN cargo build --locked --release --bins --package patgate \
    && mkdir /out \
    && cp target/release/patgate target/release/git-credential-patgate /out/

FROM scratch AS prebuilt
COPY --chmod=0755 dist/patgate dist/git-credential-patgate /out/

FROM ${BINARIES} AS binaries

FROM scratch
LABEL org.opencontainers.image.title="patgate" \
      org.opencontainers.image.source="https://github.com/patgate/patgate" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# The link `patgate-post`: the program's name tells the phase. Copied as a directory, it stays a link.
COPY .ci/image/ /
COPY --from=binaries /out/ /
# No USER: the runner wants its container actions to be root.
ENTRYPOINT ["/patgate"]

# appserve with its sample apps. Two stages: a build by the same ./dev people use, then what runs and no more.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY dev ./
RUN ./dev packages && rm -rf /var/lib/apt/lists/*
COPY . .
RUN ./dev build shipped && DESTDIR=/out cmake --install build/shipped --prefix /usr --strip

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libspdlog1.10 libfmt9 libtomlplusplus3 libsqlite3-0 libhiredis0.14 libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 appserve \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/appserve --shell /usr/sbin/nologin appserve \
 && install -d -o appserve -g appserve /var/lib/appserve /run/appserve
COPY --from=build /out/ /
COPY config.toml /etc/appserve/config.toml
USER appserve
WORKDIR /var/lib/appserve
VOLUME /var/lib/appserve
EXPOSE 8080
# A server that listens on loopback inside a container answers nobody.
ENV APPSERVE_SERVER__LISTEN=0.0.0.0:8080
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s --retries=3 CMD ["/usr/lib/appserve/healthcheck"]
ENTRYPOINT ["appserve"]
CMD ["--config", "/etc/appserve/config.toml"]

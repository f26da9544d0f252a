# The server as a container. Its data is in /data; it runs as a user of its own.
FROM ubuntu:26.04 AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 && rm -rf /var/lib/apt/lists/*
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
COPY Directory.Build.props Directory.Packages.props BannedSymbols.txt global.json .editorconfig ./
COPY src/Datt.Paid.Protocol src/Datt.Paid.Protocol
COPY src/Datt.Paid src/Datt.Paid
COPY src/Datt.Paid.Server src/Datt.Paid.Server
COPY web/node-sdk web/node-sdk
RUN dotnet publish src/Datt.Paid.Server -c Release -o /app

FROM ubuntu:26.04
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl aspnetcore-runtime-10.0 && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 1654 --home-dir /data datt && install -d -o datt -g datt /data
COPY --from=build /app /app
USER datt
WORKDIR /data
ENV ASPNETCORE_URLS=http://+:8080 Datt__DataDirectory=/data DOTNET_EnableDiagnostics=0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["curl", "-fsS", "http://localhost:8080/health/ready"]
ENTRYPOINT ["dotnet", "/app/Datt.Paid.Server.dll"]

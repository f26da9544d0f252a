using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary>What one invocation works with: where to write, which server, which key.</summary>
public sealed class CommandScope : IDisposable
{
    /// <summary>Used when no server is named anywhere.</summary>
    public const string DefaultServer = "http://localhost:5000/";

    private readonly Surroundings _surroundings;
    private readonly string? _serverOption;
    private readonly string? _configOption;
    private readonly Lazy<ConfigFile> _config;
    private readonly Lazy<Uri> _server;
    private readonly Lazy<HttpClient> _http;
    private readonly List<HttpClient> _others = [];

    internal CommandScope(Surroundings surroundings, bool json, string? server, string? config)
    {
        (_surroundings, _serverOption, _configOption) = (surroundings, server, config);
        Output = new Output(surroundings.Out, surroundings.Error, json, surroundings.IsTerminal);
        _config = new Lazy<ConfigFile>(OpenConfig);
        _server = new Lazy<Uri>(FindServer);
        _http = new Lazy<HttpClient>(() => new HttpClient { BaseAddress = Server });
    }

    /// <summary>Where results go.</summary>
    public Output Output { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => _surroundings.Time;

    /// <summary>Bytes to standard output, for contents that are no text.</summary>
    public Stream RawOutput() => _surroundings.RawOut();

    /// <summary>What is remembered between invocations.</summary>
    public ConfigFile Config => _config.Value;

    /// <summary>The server in use: <c>--server</c>, <c>DATT_SERVER</c>, the configuration, <see cref="DefaultServer"/>.</summary>
    public Uri Server => _server.Value;

    /// <summary>The key for this server: <c>DATT_API_KEY</c>, else the one remembered for it.</summary>
    public string? Key => Given(_surroundings.Environment("DATT_API_KEY")) ?? Config.AccountAt(Server)?.ApiKey;

    /// <summary>The key for any server: that of the server in use, else the one remembered for it.</summary>
    public string? KeyAt(Uri server) => server == Server ? Key : Config.AccountAt(server)?.ApiKey;

    /// <summary>A client without a key.</summary>
    public DattClient Anonymous() => new(_http.Value, new DattClientOptions { Time = Time });

    /// <summary>A client with the key, if there is one: for calls that a free server answers without.</summary>
    public DattClient Client() => new(_http.Value, new DattClientOptions { ApiKey = Key, Time = Time });

    /// <summary>A client that shows a pass in the place of a key.</summary>
    public DattClient WithPass(string pass) => new(_http.Value, new DattClientOptions { Pass = pass, Time = Time });

    /// <summary>A client with a key.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public DattClient Account()
    {
        if (Key is null)
        {
            throw new CommandFailure(ExitCode.Unauthorized, "no_key", $"There is no key for {Server}.",
                "Run 'datt account create', or set DATT_API_KEY.");
        }

        return Client();
    }

    /// <summary>A client of another server, with the key remembered for that one: <c>DATT_API_KEY</c> is for the server in use.</summary>
    public DattClient At(Uri server, string? key)
    {
        var http = new HttpClient { BaseAddress = server };
        _others.Add(http);
        return new DattClient(http, new DattClientOptions { ApiKey = key, Time = Time });
    }

    public void Dispose()
    {
        foreach (var other in _others)
        {
            other.Dispose();
        }

        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();

    private ConfigFile OpenConfig()
    {
        var path = Given(_configOption) ?? Given(_surroundings.Environment("DATT_CONFIG")) ?? ConfigFile.DefaultPath(_surroundings.Environment);
        var config = ConfigFile.Open(path);
        if (config.IsOpenToOthers)
        {
            Output.Remark($"{config.FullPath} holds keys and others can read it. Run: chmod 600 '{config.FullPath}'");
        }

        return config;
    }

    private Uri FindServer()
    {
        var (text, source) = Given(_serverOption) is { } option ? (option, "--server")
            : Given(_surroundings.Environment("DATT_SERVER")) is { } variable ? (variable, "DATT_SERVER")
            : Config.Server is { } remembered ? (remembered, Config.FullPath)
            : (DefaultServer, "the default");
        return ReadAddress(text, source);
    }

    /// <summary>An address of a server as people type it.</summary>
    /// <exception cref="CommandFailure">It is none.</exception>
    public static Uri ReadAddress(string text, string source)
    {
        var whole = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(whole.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Query.Length == 0
            ? uri
            : throw new CommandFailure(ExitCode.Usage, "invalid_server", $"'{text}' (from {source}) is no address of a server.", $"Write it like {DefaultServer}");
    }
}

/// <summary>What a process gives a command, replaceable in tests.</summary>
public sealed record Surroundings
{
    /// <summary>Standard output.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Standard output as bytes.</summary>
    public required Func<Stream> RawOut { get; init; }

    /// <summary>Environment variables.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Whether a person looks at each of the outputs.</summary>
    public (bool Output, bool Error) IsTerminal { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a command may take to end after Ctrl-C; null leaves signals alone.</summary>
    public TimeSpan? EndWithin { get; init; }

    /// <summary>Those of this process.</summary>
    public static Surroundings OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        RawOut = Console.OpenStandardOutput,
        Environment = System.Environment.GetEnvironmentVariable,
        IsTerminal = (!Console.IsOutputRedirected, !Console.IsErrorRedirected),
        EndWithin = TimeSpan.FromSeconds(10),
    };
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Datt.Paid.Cli.Commands;

namespace Datt.Paid.Server.Tests.Cli;

/// <summary>A person at a terminal of their own: a home, an account, commands typed one after the other or left running.</summary>
/// <param name="server">The server in use.</param>
/// <param name="key">The key in the environment, if there is one.</param>
internal sealed class Terminal(Uri server, string? key = null) : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("datt-cli-").FullName;

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_home, name)).FullName;

    public string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var running = Start(arguments);
        return (await running.Exit, running.Out, running.Error);
    }

    /// <summary>Runs a command with <c>--json</c> that must succeed.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (exit, text, error) = await RunAsync([.. arguments, "--json"]);
        Assert.True(exit == 0, $"datt {string.Join(' ', arguments)} ended with {exit}: {error}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Running Start(params string[] arguments) => new(arguments, server, key, _home);

    public void Dispose() => Directory.Delete(_home, recursive: true);

    /// <summary>A command under way.</summary>
    internal sealed class Running : IDisposable
    {
        private readonly CancellationTokenSource _interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        private readonly Collected _out = new();
        private readonly Collected _error = new();
        private readonly MemoryStream _raw = new();

        public Running(string[] arguments, Uri server, string? key, string home)
        {
            Exit = Task.Run(() => CommandTree.RunAsync(arguments, new Surroundings
            {
                Out = _out,
                Error = _error,
                RawOut = () => _raw,
                Environment = name => name switch { "DATT_SERVER" => server.AbsoluteUri, "DATT_API_KEY" => key, "XDG_CONFIG_HOME" => home, _ => null },
            }, _interrupt.Token));
        }

        public Task<int> Exit { get; }

        public string Out => _raw.ToArray() is { Length: > 0 } raw ? Encoding.UTF8.GetString(raw) : _out.ToString();

        public string Error => _error.ToString();

        /// <summary>Ctrl-C.</summary>
        public void Interrupt() => _interrupt.Cancel();

        public void Dispose() => _interrupt.Dispose();
    }

    /// <summary>Can be read while it is written.</summary>
    private sealed class Collected : TextWriter
    {
        private readonly ConcurrentQueue<string> _parts = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => _parts.Enqueue(value.ToString());

        public override void Write(string? value) => _parts.Enqueue(value ?? "");

        public override string ToString() => string.Concat(_parts);
    }
}

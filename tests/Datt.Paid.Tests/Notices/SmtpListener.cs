using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Datt.Paid.Tests.Notices;

/// <summary>A mail as it arrived.</summary>
/// <param name="User">Name and password of AUTH PLAIN, where it was used.</param>
internal sealed record ReceivedMail(string From, string To, string Text, string? User);

/// <summary>A mail server on a free port, as far as RFC 5321 goes for one mail a connection, that can refuse at a chosen command.</summary>
internal sealed class SmtpListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    public SmtpListener()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public ConcurrentQueue<ReceivedMail> Mails { get; } = new();

    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Answers to commands that begin so, instead of the usual ones.</summary>
    public ConcurrentDictionary<string, string> Instead { get; } = new();

    public Dictionary<string, string?> Settings => new()
    {
        ["Datt:Smtp:Host"] = "127.0.0.1",
        ["Datt:Smtp:Port"] = ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(null, null),
        ["Datt:Smtp:From"] = "Rendezvous <notices@rendezvous.example>",
        ["Datt:Smtp:Tls"] = "None",
    };

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
        await Task.WhenAll(open);
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
            await TalkAsync(reader, writer);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
        }
    }

    private async Task TalkAsync(StreamReader reader, StreamWriter writer)
    {
        var (from, to, user) = ("", "", (string?)null);
        await writer.WriteLineAsync("220 mail.example ESMTP");
        while (await reader.ReadLineAsync(_end.Token) is { } command)
        {
            Commands.Enqueue(command);
            var answer = Instead.FirstOrDefault(i => command.StartsWith(i.Key, StringComparison.OrdinalIgnoreCase)).Value;
            if (answer is null && command.StartsWith("MAIL FROM:", StringComparison.OrdinalIgnoreCase))
                from = Address(command);
            else if (answer is null && command.StartsWith("RCPT TO:", StringComparison.OrdinalIgnoreCase))
                to = Address(command);
            else if (answer is null && command.StartsWith("AUTH PLAIN ", StringComparison.OrdinalIgnoreCase))
                (user, answer) = (Encoding.UTF8.GetString(Convert.FromBase64String(command[11..])).Replace('\0', ' ').Trim(), "235 welcome");
            else if (answer is null && command == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                Mails.Enqueue(new ReceivedMail(from, to, await DataAsync(reader), user));
            }
            await writer.WriteLineAsync(answer ?? Usual(command));
            if (command == "QUIT")
                return;
        }
    }

    private static string Usual(string command) => command switch
    {
        "QUIT" => "221 bye",
        _ when command.StartsWith("EHLO", StringComparison.Ordinal) => "250-mail.example\r\n250-AUTH PLAIN\r\n250 8BITMIME",
        _ => "250 ok",
    };

    private async Task<string> DataAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(_end.Token) is { } line && line != ".")
            text.Append(line.StartsWith('.') ? line[1..] : line).Append('\n');
        return text.ToString();
    }

    private static string Address(string command) => command[(command.IndexOf('<') + 1)..command.IndexOf('>')];
}

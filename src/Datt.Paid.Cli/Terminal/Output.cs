using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Datt.Paid.Cli.Terminal;

/// <summary>
/// Where a command writes: results to standard output, for people or as JSON; progress and remarks to standard error. Colour and
/// moving parts only where a person looks at a terminal.
/// </summary>
public sealed class Output
{
    private const int UnboundedWidth = 10_000;
    private readonly TextWriter _out;
    private readonly TextWriter _error;

    /// <param name="standardOutput">Results.</param>
    /// <param name="standardError">Everything else.</param>
    /// <param name="json">Results as JSON, no remarks.</param>
    /// <param name="isTerminal">Whether a person looks at each of them.</param>
    public Output(TextWriter standardOutput, TextWriter standardError, bool json, (bool Output, bool Error) isTerminal)
    {
        (_out, _error, IsJson) = (standardOutput, standardError, json);
        Screen = Console(standardOutput, isTerminal.Output && !json);
        ErrorScreen = Console(standardError, isTerminal.Error && !json);
        IsTerminal = isTerminal is (true, true) && !json;
        ShowsProgress = isTerminal.Error && !json;
    }

    /// <summary>Whether results are for programs.</summary>
    public bool IsJson { get; }

    /// <summary>Whether a person can be asked.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether progress bars make sense.</summary>
    public bool ShowsProgress { get; }

    /// <summary>For tables on standard output.</summary>
    public IAnsiConsole Screen { get; }

    /// <summary>For progress on standard error.</summary>
    public IAnsiConsole ErrorScreen { get; }

    /// <summary>A line of the result for people.</summary>
    public void Line(string text = "")
    {
        if (!IsJson)
        {
            Screen.WriteLine(Figures.Safe(text));
        }
    }

    /// <summary>A line with Spectre's marks; everything foreign in it must have gone through <see cref="Mark"/>.</summary>
    public void Marked(string markup)
    {
        if (!IsJson)
        {
            Screen.MarkupLine(markup);
        }
    }

    /// <summary>A foreign text for <see cref="Marked"/>.</summary>
    public static string Mark(string? text) => Markup.Escape(Figures.Safe(text));

    /// <summary>Names and values below each other.</summary>
    public void Facts(params ReadOnlySpan<(string Name, string? Value)> facts)
    {
        var width = 0;
        foreach (var (name, value) in facts)
        {
            width = value is null ? width : Math.Max(width, name.Length);
        }

        foreach (var (name, value) in facts)
        {
            if (value is not null)
            {
                Marked($"[grey]{Mark(name.PadRight(width))}[/]  {Mark(value)}");
            }
        }
    }

    /// <summary>A document of the result for programs: on one line, so that several are NDJSON.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        if (IsJson)
        {
            _out.WriteLine(JsonSerializer.Serialize(value, type));
            _out.Flush();
        }
    }

    /// <summary>A remark for people, that is no part of the result.</summary>
    public void Remark(string text)
    {
        if (!IsJson)
        {
            ErrorScreen.MarkupLine($"[grey]{Mark(text)}[/]");
        }
    }

    /// <summary>Why the command failed, for people or programs.</summary>
    public void Failure(CommandFailure failure)
    {
        if (IsJson)
        {
            _error.WriteLine(JsonSerializer.Serialize(new FailureDocument(failure.Code, failure.Message, failure.Hint, (int)failure.Exit), CliJson.Shared.FailureDocument));
            return;
        }

        ErrorScreen.MarkupLine($"[red]datt:[/] {Mark(failure.Message)}");
        if (failure.Hint is { } hint)
        {
            ErrorScreen.MarkupLine($"      {Mark(hint)}");
        }
    }

    /// <summary>A text for another program, to standard output.</summary>
    public async Task TextAsync(string text, CancellationToken ct)
    {
        await _out.WriteAsync(text.AsMemory(), ct).ConfigureAwait(false);
        await _out.FlushAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Text as it is, to standard output.</summary>
    public async Task CopyAsync(Stream text, CancellationToken ct)
    {
        using var reader = new StreamReader(text, Encoding.UTF8, leaveOpen: true);
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, ct).ConfigureAwait(false) is > 0 and var read)
        {
            await _out.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
        }

        await _out.FlushAsync(ct).ConfigureAwait(false);
    }

    private static IAnsiConsole Console(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            // A line of a file is a line, however long.
            console.Profile.Width = UnboundedWidth;
        }

        return console;
    }
}

/// <summary>Why a command failed, for programs, on standard error.</summary>
public sealed record FailureDocument(string Code, string Message, string? Hint, int ExitCode);

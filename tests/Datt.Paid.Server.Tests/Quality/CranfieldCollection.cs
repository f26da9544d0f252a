using System.Globalization;
using System.Text;

namespace Datt.Paid.Server.Tests.Quality;

/// <summary>
/// The Cranfield 1400 collection: abstracts, questions, and which abstracts answer which question. Relevant are the judgements with
/// codes 1 to 4 (its readme); the judgements number the questions in the order of the file, not by their <c>.I</c> line.
/// </summary>
internal sealed class CranfieldCollection
{
    private CranfieldCollection(IReadOnlyList<Abstract> abstracts, IReadOnlyList<Question> questions) =>
        (Abstracts, Questions) = (abstracts, questions);

    public IReadOnlyList<Abstract> Abstracts { get; }

    public IReadOnlyList<Question> Questions { get; }

    /// <param name="Id">The number in the collection, from 1.</param>
    /// <param name="Title">Title on one line.</param>
    /// <param name="Author">May be empty.</param>
    /// <param name="Text">The abstract, which starts with the title again.</param>
    internal sealed record Abstract(int Id, string Title, string Author, string Text);

    /// <param name="Words">The question as plain words, the way a client would send it: punctuation is query syntax.</param>
    /// <param name="Relevant">Ids of the abstracts that answer it.</param>
    internal sealed record Question(string Words, IReadOnlySet<int> Relevant);

    /// <summary>
    /// The collection's folder: below <c>DATT_CORPORA</c>, else below <c>../shared/corpora</c> of the project root. Null when it is not there.
    /// </summary>
    public static string? Find()
    {
        var corpora = Environment.GetEnvironmentVariable("DATT_CORPORA");
        for (var root = new DirectoryInfo(AppContext.BaseDirectory); corpora is null && root is not null; root = root.Parent)
        {
            if (File.Exists(Path.Combine(root.FullName, "Datt.Paid.sln")))
                corpora = Path.Combine(root.FullName, "..", "shared", "corpora");
        }
        var folder = Path.Combine(corpora ?? "", "cranfield");
        return File.Exists(Path.Combine(folder, "cran.all.1400")) ? folder : null;
    }

    public static CranfieldCollection Read(string folder)
    {
        var relevant = File.ReadLines(Path.Combine(folder, "cranqrel"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length >= 3 && Number(fields[2]) is >= 1 and <= 4)
            .ToLookup(fields => Number(fields[0]), fields => Number(fields[1]));
        return new CranfieldCollection(
            [.. Entries(Path.Combine(folder, "cran.all.1400")).Select(e => new Abstract(e.Id, e.Of('T'), e.Of('A'), e.Of('W')))],
            [.. Entries(Path.Combine(folder, "cran.qry")).Select((e, i) => new Question(Plain(e.Of('W')), relevant[i + 1].ToHashSet()))]);
    }

    private static IEnumerable<Entry> Entries(string file)
    {
        Entry? entry = null;
        var section = ' ';
        foreach (var line in File.ReadLines(file, Encoding.Latin1))
        {
            if (line.StartsWith(".I ", StringComparison.Ordinal))
            {
                if (entry is not null)
                    yield return entry;
                entry = new Entry(Number(line[3..]), []);
            }
            else if (line.Length == 2 && line[0] == '.' && char.IsAsciiLetterUpper(line[1]))
            {
                section = line[1];
            }
            else
            {
                entry!.Sections[section] = entry.Of(section) is { Length: > 0 } before ? $"{before} {line.Trim()}" : line.Trim();
            }
        }
        if (entry is not null)
            yield return entry;
    }

    private static string Plain(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private sealed record Entry(int Id, Dictionary<char, string> Sections)
    {
        public string Of(char section) => Sections.GetValueOrDefault(section, "");
    }
}

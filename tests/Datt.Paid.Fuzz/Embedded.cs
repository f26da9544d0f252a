namespace Datt.Paid.Fuzz;

/// <summary>Files of the tree that are inside this assembly: the test vectors, and the corpus of <c>tests/fuzz</c>.</summary>
public static class Embedded
{
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    public static byte[] Bytes(string name)
    {
        using var from = typeof(Embedded).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in this assembly");
        using var into = new MemoryStream();
        from.CopyTo(into);
        return into.ToArray();
    }

    /// <summary>
    /// The corpus of a target by the names of its files. Those that begin with <c>valid</c> are accepted for ever: refusing one is a change of format.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Corpus(string target)
    {
        var folder = $"corpus/{target}/";
        return [.. from name in typeof(Embedded).Assembly.GetManifestResourceNames() where name.StartsWith(folder, StringComparison.Ordinal) orderby name select (name[folder.Length..], Bytes(name))];
    }
}

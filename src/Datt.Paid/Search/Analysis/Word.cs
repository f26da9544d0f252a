namespace Datt.Paid.Search.Analysis;

/// <summary>What a word of a text becomes in the index. Immutable.</summary>
/// <param name="Source">The word as it was written.</param>
/// <param name="Language">The language it was analysed in.</param>
/// <param name="Term">Language id and stem in UTF-8; empty for a stop word.</param>
/// <param name="Surface">Language id and the folded word in UTF-8: the term itself where the language does not stem; empty for a stop word.</param>
internal sealed record Word(string Source, Language Language, byte[] Term, byte[] Surface)
{
    /// <summary>Longest part of a word that counts, in UTF-16 units.</summary>
    public const int MaxLength = 64;

    public bool IsStop => Term.Length == 0;
}

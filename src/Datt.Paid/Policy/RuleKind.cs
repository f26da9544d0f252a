namespace Datt.Paid.Policy;

/// <summary>What a rule looks at. Numbers are kept in the database.</summary>
public enum RuleKind
{
    /// <summary>Every node of a server, by the server's id.</summary>
    Origin = 1,

    /// <summary>One node of a server: <c>server id/nodeId</c>.</summary>
    Node = 2,

    /// <summary>A label, letter case ignored.</summary>
    Label = 3,

    /// <summary>A language tag; one without subtags means all its regions and scripts.</summary>
    Language = 4,

    /// <summary>Contents larger than so many bytes. A content that says no size is not meant.</summary>
    Size = 5,

    /// <summary>A word or words next to each other in title, summary or a tag, folded as search folds them.</summary>
    Word = 6,

    /// <summary>One content, by its contentId.</summary>
    Content = 7,
}

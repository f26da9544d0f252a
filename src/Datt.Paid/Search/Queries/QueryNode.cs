namespace Datt.Paid.Search.Queries;

/// <summary>A query as it was written, before any language looks at it.</summary>
internal abstract record QueryNode
{
    private QueryNode()
    {
    }

    /// <summary>Whether it looks at words, which every language reads differently.</summary>
    public abstract bool HasWords { get; }

    /// <summary>Words that stand together without a space, nearly always one.</summary>
    /// <param name="Text">As written.</param>
    /// <param name="InTitle">Only in the title.</param>
    public sealed record Words(string Text, bool InTitle) : QueryNode
    {
        public override bool HasWords => true;
    }

    /// <summary>The beginning of a word.</summary>
    public sealed record Prefix(string Text) : QueryNode
    {
        public override bool HasWords => true;
    }

    /// <summary>Words one after the other.</summary>
    public sealed record Phrase(string Text, bool InTitle) : QueryNode
    {
        public override bool HasWords => true;
    }

    /// <summary>An exact value.</summary>
    /// <param name="Kind">One of the facets of <see cref="Indexing.IndexSchema"/>.</param>
    /// <param name="Value">As written.</param>
    public sealed record Facet(char Kind, string Value) : QueryNode
    {
        public override bool HasWords => false;
    }

    /// <summary>At least one of them.</summary>
    public sealed record Any(IReadOnlyList<QueryNode> Nodes) : QueryNode
    {
        public override bool HasWords => Nodes.Any(n => n.HasWords);
    }

    /// <summary>All of the nodes and none of the excluded ones.</summary>
    public sealed record All(IReadOnlyList<QueryNode> Nodes, IReadOnlyList<QueryNode> Excluded) : QueryNode
    {
        public override bool HasWords => Nodes.Any(n => n.HasWords) || Excluded.Any(n => n.HasWords);
    }
}

/// <summary>What became of a query text: a query, or what is wrong with it.</summary>
internal abstract record ParsedQuery
{
    private ParsedQuery()
    {
    }

    public sealed record Query(QueryNode.All Root) : ParsedQuery;

    /// <param name="Position">UTF-16 units from 0.</param>
    /// <param name="Message">What is wrong and what to write instead.</param>
    public sealed record Error(int Position, string Message) : ParsedQuery;
}

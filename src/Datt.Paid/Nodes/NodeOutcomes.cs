namespace Datt.Paid.Nodes;

/// <summary>Answer to "may this account speak for this node".</summary>
public enum NodeClaim
{
    /// <summary>The node's name belongs to the account, from now on or since before.</summary>
    Yours,

    /// <summary>Another account used the name first.</summary>
    Taken,

    /// <summary>The account has as many nodes as one account may have.</summary>
    TooManyOfAccount,

    /// <summary>The server has as many nodes as it can hold.</summary>
    ServerFull,
}

/// <summary>A page of nodes by name.</summary>
/// <param name="Nodes">Ordered by nodeId (ordinal).</param>
/// <param name="Next">The nodeId after which the next page begins, or null at the end.</param>
public sealed record NodePage(IReadOnlyList<KnownNode> Nodes, string? Next);

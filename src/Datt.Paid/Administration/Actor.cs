namespace Datt.Paid.Administration;

/// <summary>What somebody of the operator's people may do; each may also do what those before may.</summary>
public enum OperatorRole : byte
{
    /// <summary>Sees everything but secrets, changes nothing.</summary>
    Viewer,

    /// <summary>Also hides and shows contents, nodes and origins, and answers reports.</summary>
    Moderator,

    /// <summary>Everything: money, prices, keys, people.</summary>
    Operator,
}

/// <summary>On whose behalf a service of the operator's is called. Services ask it, so that no page and no call can forget to.</summary>
/// <param name="AccountId">Who it is.</param>
/// <param name="Role">What they may do.</param>
public sealed record Actor(string AccountId, OperatorRole Role)
{
    /// <exception cref="RoleMissingException">The actor may not.</exception>
    public void Must(OperatorRole role)
    {
        if (Role < role)
            throw new RoleMissingException(role);
    }
}

/// <summary>Somebody asked for what their role does not allow. Pages offer nothing of that sort, so this is a fault or an attack.</summary>
public sealed class RoleMissingException(OperatorRole needed) : Exception($"This needs the role {needed.ToString().ToLowerInvariant()}.")
{
    public OperatorRole Needed => needed;
}

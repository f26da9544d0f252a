namespace Datt.Paid.Cli.Terminal;

/// <summary>What a command's exit code means. Programs rely on these.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Failed for a reason that has no code of its own.</summary>
    Failure = 1,

    /// <summary>The command or its input is wrong.</summary>
    Usage = 2,

    /// <summary>No key, an unknown or revoked one, or one without the right.</summary>
    Unauthorized = 3,

    /// <summary>Search needs a subscription.</summary>
    PaymentRequired = 4,

    /// <summary>What was named does not exist.</summary>
    NotFound = 5,

    /// <summary>The server cannot be reached or cannot do this now.</summary>
    Unavailable = 6,

    /// <summary>A limit is used up.</summary>
    Limited = 7,

    /// <summary>No holder delivered the content.</summary>
    NotDelivered = 8,

    /// <summary>An invoice expired or was not paid.</summary>
    NotPaid = 9,

    /// <summary>Ended by Ctrl-C.</summary>
    Interrupted = 130,
}

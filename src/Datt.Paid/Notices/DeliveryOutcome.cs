namespace Datt.Paid.Notices;

/// <summary>How one attempt to deliver a notice ended.</summary>
internal abstract record DeliveryOutcome
{
    public sealed record Delivered : DeliveryOutcome;

    /// <param name="Reason">For the account's owner.</param>
    /// <param name="Silent">Nobody answered: the account's further notices of this run would only wait as well.</param>
    public sealed record Failed(string Reason, bool Silent = false) : DeliveryOutcome;
}

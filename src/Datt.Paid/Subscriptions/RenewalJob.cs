namespace Datt.Paid.Subscriptions;

public sealed class RenewalJob
{
    public Task RunAsync(DateTimeOffset now, CancellationToken ct) => throw new NotImplementedException();
}

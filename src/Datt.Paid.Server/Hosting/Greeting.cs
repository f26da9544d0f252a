using Datt.Paid.Payments;
using Datt.Paid.Server.Operators;
using Datt.Paid.Subscriptions;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>What the operator reads when the server has started: where it is, how to become its operator, what to try next.</summary>
public sealed class Greeting(
    PublicAddress address, OperatorSetup setup, DataDirectory data, IOptions<PaymentsOptions> payments, IOptions<SearchAccessOptions> search,
    TextWriter output)
{
    /// <summary>Written once the server listens.</summary>
    public void Write()
    {
        output.WriteLine();
        output.WriteLine($"Datt.Paid is running. Data: {data.Path}");
        foreach (var bound in address.Bound)
            output.WriteLine($"  {bound}");
        if (search.Value.Access == SearchAccess.Paid && payments.Value.Provider == PaymentProviderKind.Sandbox)
            output.WriteLine("  Payments: SANDBOX. No real money is taken; every invoice can be paid on request.");
        if (setup.Path is { } path)
        {
            output.WriteLine("Become its operator (this link works once):");
            output.WriteLine($"  {address.Bound.FirstOrDefault() ?? address.Base}{path}");
        }
        if (data.IsNew)
        {
            output.WriteLine("Try next, or open the address above in a browser:");
            output.WriteLine($"  curl -X POST {address.Bound.FirstOrDefault() ?? address.Base}/api/v1/accounts");
        }
        output.WriteLine();
        output.Flush();
    }
}

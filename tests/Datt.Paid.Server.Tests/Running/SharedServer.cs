[assembly: AssemblyFixture(typeof(Datt.Paid.Server.Tests.Running.SharedServer))]

namespace Datt.Paid.Server.Tests.Running;

/// <summary>One server for all tests that need nothing special of it: paid search, sandbox payments. Each test brings its own accounts and words.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private static int s_words;

    public ServerOnDisk Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ServerOnDisk.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A word that no other test uses.</summary>
    public static string NewWord() => "w" + Interlocked.Increment(ref s_words).ToString("x5", System.Globalization.CultureInfo.InvariantCulture) + "q";

    /// <summary>An account with a running subscription.</summary>
    public async Task<Customer> NewSubscriberAsync()
    {
        var customer = await Server.NewCustomerAsync();
        await customer.SubscribeAsync();
        return customer;
    }
}

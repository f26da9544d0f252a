using System.Diagnostics;
using System.Globalization;

/// <summary>
/// Loaded by the runtime into a real server process that <c>DOTNET_STARTUP_HOOKS</c> names this assembly to (name and place of the type are the
/// runtime's). From the first delivery of a webhook on it counts the steps of settlement, writes each into a file, and at a chosen one the process kills itself
/// as by <c>kill -9</c>. It uses nothing but the runtime: no other assembly of the tests is loaded.
/// </summary>
internal sealed class StartupHook : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>File for the names of the steps.</summary>
    public const string File = "DATT_TEST_STEPS";

    /// <summary>Step at which the process dies, from 1; 0 for none.</summary>
    public const string DieAt = "DATT_TEST_DIE_AT";

    private static readonly string[] Steps =
    [
        "HttpRequestOut.Start", "HttpRequestOut.Stop", "SaveChangesStarting", "SaveChangesCompleted", "TransactionStarted",
        "TransactionCommitting", "TransactionCommitted",
    ];

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly int _dieAt;
    private int _count;

    private StartupHook(string file, int dieAt) => (_file, _dieAt) = (file, dieAt);

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(File) is { } file)
            DiagnosticListener.AllListeners.Subscribe(new StartupHook(file, int.Parse(Environment.GetEnvironmentVariable(DieAt)!, CultureInfo.InvariantCulture)));
    }

    public void OnNext(DiagnosticListener value) => value.Subscribe(this);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        var isStep = value.Key.Contains("HttpRequestIn.", StringComparison.Ordinal)
            ? (value.Key.EndsWith(".Start", StringComparison.Ordinal) || value.Key.EndsWith(".Stop", StringComparison.Ordinal)) && IsDelivery(value.Value)
            : _count > 0 && Steps.Any(step => value.Key.EndsWith(step, StringComparison.Ordinal));
        if (!isStep)
            return;
        lock (_gate)
        {
            _count++;
            System.IO.File.AppendAllText(_file, value.Key[(value.Key.LastIndexOf("Http", StringComparison.Ordinal) is >= 0 and var http ? http : value.Key.LastIndexOf('.') + 1)..] + "\n");
            if (_count == _dieAt)
                Process.GetCurrentProcess().Kill();
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    /// <summary>The event's value is the request's HttpContext, whose type is not loaded from here.</summary>
    private static bool IsDelivery(object? context)
    {
        var request = context?.GetType().GetProperty("Request")?.GetValue(context);
        return request?.GetType().GetProperty("Path")?.GetValue(request)?.ToString() == "/webhooks/btcpay";
    }
}

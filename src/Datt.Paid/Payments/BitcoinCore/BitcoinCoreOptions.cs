using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>
/// A bitcoin node with a watch-only wallet, section <c>Datt:Payments:BitcoinCore</c>. Stays set for as long as invoices of the wallet can be paid.
/// </summary>
public sealed class BitcoinCoreOptions
{
    public const string Section = "Datt:Payments:BitcoinCore";

    /// <summary>Blocks after which nobody expects a payment to be undone any more; as long as newly mined coins must rest.</summary>
    private const int Rest = 100;

    /// <summary>Where the node's JSON-RPC answers, such as <c>http://127.0.0.1:8332</c>.</summary>
    public string RpcUrl { get; set; } = "";

    /// <summary>User of the node's <c>rpcauth</c>; unused with <see cref="CookieFile"/>.</summary>
    public string User { get; set; } = "";

    /// <summary>Password of <see cref="User"/>.</summary>
    public string Password { get; set; } = "";

    /// <summary>The node's <c>.cookie</c>, instead of user and password; read at each call, because the node writes it anew at each start.</summary>
    public string CookieFile { get; set; } = "";

    /// <summary>Name of the watch-only wallet; empty where the node has loaded one alone.</summary>
    public string Wallet { get; set; } = "";

    /// <summary>Blocks after which a payment counts as settled.</summary>
    public int Confirmations { get; set; } = 1;

    /// <summary>Whether a node is set at all.</summary>
    public bool IsSet => RpcUrl.Length > 0;

    /// <summary>What invoices of this wallet are kept under.</summary>
    public string Store => !IsSet ? "" : Wallet.Length > 0 ? Wallet : "default";

    /// <summary>Confirmations from which on a payment is no longer watched for being undone.</summary>
    public int FinalDepth => Math.Max(Rest, 6 * Confirmations);
}

/// <summary>Says everything that is wrong with <see cref="BitcoinCoreOptions"/> at once. Names settings and never shows a secret.</summary>
public sealed class BitcoinCoreOptionsValidator(IOptions<PaymentsOptions> payments) : IValidateOptions<BitcoinCoreOptions>
{
    public ValidateOptionsResult Validate(string? name, BitcoinCoreOptions options)
    {
        var errors = Problems(options, Chosen()).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private bool Chosen()
    {
        try
        {
            return payments.Value.Provider == PaymentProviderKind.BitcoinCore;
        }
        catch (OptionsValidationException)
        {
            return false; // reported by the validator of those options
        }
    }

    private static IEnumerable<string> Problems(BitcoinCoreOptions options, bool chosen)
    {
        const string Section = BitcoinCoreOptions.Section;
        var others = options.User.Length + options.Password.Length + options.CookieFile.Length + options.Wallet.Length > 0;
        if (options.RpcUrl.Length == 0 && (chosen || others))
        {
            yield return $"{Section}:RpcUrl is empty, but {(chosen ? "Datt:Payments:Provider is BitcoinCore" : "other settings of the node are there")}. "
                + "Set it to the node's JSON-RPC, such as http://127.0.0.1:8332.";
        }
        if (options.RpcUrl.Length > 0 && !IsPlain(options.RpcUrl))
            yield return $"{Section}:RpcUrl must be an absolute http or https URL without user name, path, query and fragment; the wallet goes into {Section}:Wallet.";
        if (options.RpcUrl.Length > 0 && options.CookieFile.Length == 0 && (options.User.Length == 0 || options.Password.Length == 0))
            yield return $"{Section}:User and {Section}:Password are needed (the node's rpcauth), or {Section}:CookieFile.";
        if (options.CookieFile.Length > 0 && options.User.Length + options.Password.Length > 0)
            yield return $"{Section}:CookieFile takes the place of {Section}:User and {Section}:Password; set one or the other.";
        if (options.User.Contains(':', StringComparison.Ordinal) || options.User.Length > 200 || options.User.Any(char.IsControl))
            yield return $"{Section}:User must be at most 200 characters without a colon.";
        if (options.Password.Length > 500 || options.Password.Any(char.IsControl))
            yield return $"{Section}:Password must be at most 500 characters on one line.";
        if (options.Wallet.Length > 100 || options.Wallet.Any(char.IsControl))
            yield return $"{Section}:Wallet must be the name of a wallet, of at most 100 characters.";
        if (options.Confirmations is < 1 or > 100)
            yield return $"{Section}:Confirmations must be between 1 and 100.";
    }

    private static bool IsPlain(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.UserInfo.Length == 0 && uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

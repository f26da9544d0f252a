using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>Confirmations after which an on-chain payment counts. None at all is not offered: such a payment may vanish after it was booked.</summary>
public enum BtcPaySpeedPolicy
{
    /// <summary>One confirmation.</summary>
    MediumSpeed,

    /// <summary>Two confirmations.</summary>
    LowMediumSpeed,

    /// <summary>Six confirmations.</summary>
    LowSpeed,
}

/// <summary>The store at a BTCPay Server, section <c>Datt:Payments:BtcPay</c>. Stays set for as long as invoices of the store can be paid.</summary>
public sealed class BtcPayOptions
{
    public const string Section = "Datt:Payments:BtcPay";

    /// <summary>Shortest secret that is taken.</summary>
    public const int MinimumSecret = 16;

    /// <summary>Base URL of BTCPay Server, with its root path if it has one.</summary>
    public string Url { get; set; } = "";

    /// <summary>Id of the store: BTCPay shows it in the store's general settings.</summary>
    public string StoreId { get; set; } = "";

    /// <summary>API key with the permissions of <see cref="BtcPayPermissions.Used"/>, each for this store alone.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>What deliveries of the webhook are signed with; any long random text.</summary>
    public string WebhookSecret { get; set; } = "";

    /// <summary>
    /// A second API key, used for one thing alone: to pay for subscriptions at other servers over this store's Lightning node. With the permission
    /// <see cref="BtcPayPermissions.PaysLightning"/> for this store alone, on a node that holds no more than the budget. Empty: this server cannot spend.
    /// </summary>
    public string SpendApiKey { get; set; } = "";

    /// <summary>When an on-chain payment of our invoices counts as confirmed. Lightning is settled at once.</summary>
    public BtcPaySpeedPolicy SpeedPolicy { get; set; } = BtcPaySpeedPolicy.MediumSpeed;

    /// <summary>How long after an invoice's expiry BTCPay goes on waiting for confirmations before it calls it invalid.</summary>
    public TimeSpan Monitoring { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether a store is set at all.</summary>
    public bool IsSet => Url.Length > 0 && StoreId.Length > 0 && ApiKey.Length > 0;

    /// <summary>The base URL with a slash at its end, so that paths are appended to it.</summary>
    public Uri BaseAddress => new(Url.TrimEnd('/') + "/");
}

/// <summary>Says everything that is wrong with <see cref="BtcPayOptions"/> at once. Names settings and never shows a secret.</summary>
public sealed class BtcPayOptionsValidator(IOptions<PaymentsOptions> payments) : IValidateOptions<BtcPayOptions>
{
    public ValidateOptionsResult Validate(string? name, BtcPayOptions options)
    {
        var chosen = Provider() == PaymentProviderKind.BtcPay;
        var errors = Problems(options, chosen).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private PaymentProviderKind? Provider()
    {
        try
        {
            return payments.Value.Provider;
        }
        catch (OptionsValidationException)
        {
            return null; // reported by the validator of those options
        }
    }

    private static IEnumerable<string> Problems(BtcPayOptions options, bool chosen)
    {
        const string Section = BtcPayOptions.Section;
        var any = (options.Url + options.StoreId + options.ApiKey + options.WebhookSecret + options.SpendApiKey).Length > 0;
        if (chosen || any)
        {
            var why = chosen ? "Datt:Payments:Provider is BtcPay" : "other settings of BTCPay are there";
            if (options.Url.Length == 0)
                yield return $"{Section}:Url is empty, but {why}. Set it to the address of your BTCPay Server, such as https://btcpay.example.org.";
            if (options.StoreId.Length == 0)
                yield return $"{Section}:StoreId is empty, but {why}. BTCPay shows it under Store settings, General, Store ID.";
            if (options.ApiKey.Length == 0)
                yield return $"{Section}:ApiKey is empty, but {why}. Make one in BTCPay under Account, Manage account, API keys.";
            if (options.WebhookSecret.Length == 0)
                yield return $"{Section}:WebhookSecret is empty, but {why}. Choose a long random text; the server registers it at BTCPay by itself.";
        }
        if (options.Url.Length > 0 && !IsWeb(options.Url))
            yield return $"{Section}:Url must be an absolute http or https URL without user name, query and fragment.";
        if (options.StoreId.Length > 100 || options.StoreId.Any(c => !char.IsAsciiLetterOrDigit(c)))
            yield return $"{Section}:StoreId must be letters and digits only, as BTCPay shows it under Store settings, General, Store ID.";
        if (options.ApiKey.Length > 200 || options.ApiKey.Any(c => c is <= ' ' or > '~'))
            yield return $"{Section}:ApiKey holds characters that no API key has; copy it again.";
        if (options.SpendApiKey.Length > 200 || options.SpendApiKey.Any(c => c is <= ' ' or > '~'))
            yield return $"{Section}:SpendApiKey holds characters that no API key has; copy it again.";
        if (options.SpendApiKey.Length > 0 && options.SpendApiKey == options.ApiKey)
            yield return $"{Section}:SpendApiKey is the same as ApiKey. Make a second key that alone may spend, so that the first can stay without that permission.";
        if (options.WebhookSecret.Length is > 0 and < BtcPayOptions.MinimumSecret or > 200)
            yield return $"{Section}:WebhookSecret must have {BtcPayOptions.MinimumSecret} to 200 characters.";
        if (!Enum.IsDefined(options.SpeedPolicy))
            yield return $"{Section}:SpeedPolicy must be one of {string.Join(", ", Enum.GetNames<BtcPaySpeedPolicy>())}.";
        if (options.Monitoring < TimeSpan.FromHours(1) || options.Monitoring > TimeSpan.FromDays(24))
            yield return $"{Section}:Monitoring must be between 01:00:00 and 24.00:00:00.";
    }

    private static bool IsWeb(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

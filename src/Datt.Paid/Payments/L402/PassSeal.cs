using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Payments.L402;

/// <summary>A secret of this server that passes are signed with; who loses it loses the passes that were sold.</summary>
public sealed record PassSecret(byte[] Value);

/// <summary>
/// Makes the tokens of passes and checks passes, in memory alone: a token names the hash of its payment, and the payer's preimage proves that it
/// was paid.
/// </summary>
/// <remarks>
/// Identifier as in the L402 specification: version 0 (2 bytes), payment hash (32), random token id (32). Caveats are <c>name=value</c>:
/// <c>server</c>, <c>services=search:0</c>, <c>search_valid_until</c> in Unix seconds, <c>invoice</c>. Each must hold by itself, so that a caveat added by a
/// holder can only take away. Unlike the specification, which skips them, a caveat that is not known refuses the pass: who added it wanted
/// less, and less cannot be granted by ignoring it.
/// </remarks>
public sealed class PassSeal(PassSecret secret, string serverId)
{
    private const int HashSize = Macaroon.HashSize;
    private const int IdentifierSize = 2 + HashSize + HashSize;
    private const int MaximumText = (Macaroon.MaximumSize + 2) / 3 * 4;

    private static readonly byte[] Services = "services=search:0"u8.ToArray();

    private readonly byte[] _key = Macaroon.DeriveKey(secret.Value);
    private readonly byte[] _server = Encoding.UTF8.GetBytes(serverId);

    /// <summary>The token of a pass that is worth nothing before its invoice is paid.</summary>
    /// <param name="paymentHash">64 hexadecimal digits.</param>
    /// <param name="invoiceId">The provider's id of the invoice.</param>
    /// <returns>Base64.</returns>
    public string Issue(string paymentHash, string invoiceId, DateTimeOffset validUntil)
    {
        var identifier = new byte[IdentifierSize];
        Convert.FromHexString(paymentHash).CopyTo(identifier.AsSpan(2));
        RandomNumberGenerator.Fill(identifier.AsSpan(2 + HashSize));
        return Convert.ToBase64String(Macaroon.Make(_key, identifier,
        [
            [.. "server="u8, .. _server],
            Services,
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"search_valid_until={validUntil.ToUnixTimeSeconds()}")),
            Encoding.UTF8.GetBytes("invoice=" + invoiceId),
        ]));
    }

    /// <summary>Whether a pass opens search now.</summary>
    /// <param name="credentials">What follows the scheme in the header.</param>
    /// <param name="pass">Only where the outcome is <see cref="PassOutcome.Accepted"/>.</param>
    public PassOutcome Check(ReadOnlySpan<char> credentials, DateTimeOffset now, out Pass? pass)
    {
        pass = null;
        Span<byte> bytes = stackalloc byte[Macaroon.MaximumSize];
        Span<byte> preimage = stackalloc byte[HashSize];
        if (credentials.Length > MaximumText + 200 || !PassCredentials.TryRead(credentials, out var token, out var hex)
            || hex.Length != 2 * HashSize || Convert.FromHexString(hex, preimage, out _, out _) != OperationStatus.Done
            || !Convert.TryFromBase64Chars(token, bytes, out var length) || !Macaroon.TryRead(bytes[..length], out var macaroon)
            || macaroon.Identifier.Length != IdentifierSize || BinaryPrimitives.ReadUInt16BigEndian(macaroon.Identifier) != 0)
        {
            return PassOutcome.Malformed;
        }
        if (!macaroon.IsSignedBy(_key))
            return NamesOtherServer(macaroon) ? PassOutcome.OtherServer : PassOutcome.Forged;
        Span<byte> hash = stackalloc byte[HashSize];
        SHA256.HashData(preimage, hash);
        var paymentHash = macaroon.Identifier.Slice(2, HashSize);
        if (!CryptographicOperations.FixedTimeEquals(hash, paymentHash))
            return PassOutcome.Unpaid;
        return CheckCaveats(macaroon, preimage, now, out pass);
    }

    private PassOutcome CheckCaveats(Macaroon macaroon, ReadOnlySpan<byte> preimage, DateTimeOffset now, out Pass? pass)
    {
        pass = null;
        var until = long.MaxValue;
        var invoice = ReadOnlySpan<byte>.Empty;
        foreach (var caveat in macaroon.Caveats)
        {
            Split(caveat, out var name, out var value);
            switch (name)
            {
                case var _ when name.SequenceEqual("server"u8):
                    if (!value.SequenceEqual(_server))
                        return PassOutcome.OtherServer;
                    break;
                case var _ when name.SequenceEqual("services"u8):
                    if (!HasSearch(value))
                        return PassOutcome.OtherService;
                    break;
                case var _ when name.SequenceEqual("search_valid_until"u8):
                    if (!Utf8Parser.TryParse(value, out long seconds, out var read) || read != value.Length)
                        return PassOutcome.UnknownCondition;
                    until = Math.Min(until, seconds);
                    break;
                case var _ when name.SequenceEqual("invoice"u8):
                    if (!invoice.IsEmpty && !value.SequenceEqual(invoice))
                        return PassOutcome.UnknownCondition;
                    invoice = value;
                    break;
                case var _ when name.SequenceEqual("preimage"u8): // some clients put it in here, too
                    if (!IsHexOf(value, preimage))
                        return PassOutcome.Unpaid;
                    break;
                default:
                    return PassOutcome.UnknownCondition;
            }
        }
        if (now.ToUnixTimeSeconds() >= until)
            return PassOutcome.Expired;
        pass = new Pass(
            Convert.ToHexStringLower(macaroon.Identifier.Slice(2, HashSize)), Encoding.UTF8.GetString(invoice), DateTimeOffset.FromUnixTimeSeconds(until));
        return PassOutcome.Accepted;
    }

    private bool NamesOtherServer(Macaroon macaroon)
    {
        foreach (var caveat in macaroon.Caveats)
        {
            Split(caveat, out var name, out var value);
            if (name.SequenceEqual("server"u8))
                return !value.SequenceEqual(_server);
        }
        return false;
    }

    private static bool HasSearch(ReadOnlySpan<byte> services)
    {
        foreach (var part in services.Split((byte)','))
        {
            if (Trim(services[part]).SequenceEqual("search:0"u8))
                return true;
        }
        return false;
    }

    private static bool IsHexOf(ReadOnlySpan<byte> hex, ReadOnlySpan<byte> bytes)
    {
        Span<byte> read = stackalloc byte[HashSize];
        return hex.Length == 2 * HashSize && Convert.FromHexString(hex, read, out _, out _) == OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(read, bytes);
    }

    private static void Split(ReadOnlySpan<byte> caveat, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var equals = caveat.IndexOf((byte)'=');
        name = equals < 0 ? default : Trim(caveat[..equals]);
        value = equals < 0 ? default : Trim(caveat[(equals + 1)..]);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim((byte)' ');
}

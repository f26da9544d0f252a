using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.Protocol.Identity;

/// <summary>Why a backup of a key was not read.</summary>
public enum BackupFault
{
    None,

    /// <summary>Not a backup, longer than is read, or its hand-overs do not lead to its key.</summary>
    NotABackup,

    /// <summary>The passphrase does not open it.</summary>
    WrongPassphrase,
}

/// <summary>
/// A server's key as text that may lie anywhere: PEM of PKCS#8 encrypted by a passphrase (PBES2, RFC 8018: PBKDF2 with HMAC-SHA-256, AES-256-CBC), which other
/// programs read too, and, after a rotation, the hand-overs as a second PEM block.
/// </summary>
public static class ServerKeyBackup
{
    /// <summary>Shortest passphrase, in characters.</summary>
    public const int MinPassphrase = 12;

    /// <summary>Longest backup read, in characters.</summary>
    public const int MaxLength = 131_072;

    private const string KeyLabel = "ENCRYPTED PRIVATE KEY";
    private const string HandOversLabel = "DATT HAND OVERS";

    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 600_000);

    public static string Write(ServerKey key, string passphrase)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(passphrase.Length, MinPassphrase, nameof(passphrase));
        using var copy = ECDsa.Create();
        copy.ImportPkcs8PrivateKey(key.Export(), out _);
        var text = copy.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption) + "\n";
        return key.HandOvers.Count == 0
            ? text
            : text + PemEncoding.WriteString(HandOversLabel, Encoding.UTF8.GetBytes(HandOver.Write(key.HandOvers).ToJsonString())) + "\n";
    }

    public static bool TryRead(string text, string passphrase, [NotNullWhen(true)] out ServerKey? key, out BackupFault fault)
    {
        key = null;
        fault = BackupFault.NotABackup;
        if (text.Length > MaxLength || !PemEncoding.TryFind(text, out var fields) || !text.AsSpan()[fields.Label].SequenceEqual(KeyLabel)
            || !TryHandOvers(text[fields.Location.End..], out var handOvers))
            return false;
        using var read = ECDsa.Create();
        try
        {
            fault = BackupFault.WrongPassphrase;
            read.ImportEncryptedPkcs8PrivateKey(passphrase, Convert.FromBase64String(text[fields.Base64Data]), out _);
        }
        catch (CryptographicException)
        {
            // A wrong passphrase and damaged bytes look the same.
            return false;
        }

        var restored = ServerKey.TryRestore(read.ExportPkcs8PrivateKey(), handOvers, out key);
        fault = restored ? BackupFault.None : BackupFault.NotABackup;
        return restored;
    }

    private static bool TryHandOvers(string text, [NotNullWhen(true)] out IReadOnlyList<HandOver>? handOvers)
    {
        handOvers = [];
        if (!PemEncoding.TryFind(text, out var fields))
            return true;
        try
        {
            return text.AsSpan()[fields.Label].SequenceEqual(HandOversLabel)
                && HandOver.TryRead(JsonNode.Parse(Convert.FromBase64String(text[fields.Base64Data])), out handOvers);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

using System.Security.Cryptography;

namespace Datt.Paid.Server.Hosting;

/// <summary>Random bytes that this server made for itself and keeps, readable by its owner alone. They stay when its key is rotated.</summary>
public static class SecretFile
{
    private const int Size = 32;

    /// <summary>Reads the secret, or makes one at the first start.</summary>
    /// <exception cref="StartRefused">The file is there but is not what this made.</exception>
    public static byte[] Open(string path)
    {
        if (File.Exists(path))
        {
            var known = File.ReadAllBytes(path);
            return known.Length == Size
                ? known
                : throw new StartRefused($"{path} does not hold a secret of {Size} bytes. Restore it from a backup, or delete it: what it sealed ends then.");
        }
        var secret = RandomNumberGenerator.GetBytes(Size);
        ServerKeyFile.Replace(path, secret);
        return secret;
    }
}

using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Server.Hosting;

/// <summary>
/// The verb <c>key</c>, with the server stopped: <c>show</c>, <c>export FILE</c>, <c>import FILE [--replace]</c>, <c>rotate</c>. The passphrase of a backup comes from
/// the environment variable <see cref="PassphraseVariable"/> or is the first line of the input. Ends with 0 when done, 1 when not possible, 64 for wrong arguments.
/// </summary>
public static class KeyVerb
{
    public const string PassphraseVariable = "DATT_KEY_PASSPHRASE";

    private const string ReplaceOption = "--replace";

    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        switch (args)
        {
            case ["show", .. var rest]:
                return await WithKeyAsync(rest, output, (key, _, _) => Show(key, output));
            case ["export", var file, .. var rest] when !file.StartsWith("--", StringComparison.Ordinal):
                return await WithKeyAsync(rest, output, (key, _, _) => Export(key, file, input, output));
            case ["rotate", .. var rest]:
                return await WithKeyAsync(rest, output, (key, path, time) => Rotate(key, path, time, output));
            case ["import", var file, .. var rest] when !file.StartsWith("--", StringComparison.Ordinal):
                await using (var server = DattServer.Build([.. rest.Where(a => a != ReplaceOption)]))
                    return Import(server.Services.GetRequiredService<DataDirectory>().ServerKey, file, rest.Contains(ReplaceOption), input, output);
            default:
                output.WriteLine($"Usage: key show, key export FILE, key import FILE [{ReplaceOption}], key rotate.");
                return 64;
        }
    }

    private static async Task<int> WithKeyAsync(string[] args, TextWriter output, Func<ServerKey, string, TimeProvider, int> act)
    {
        // Takes the data directory, which a running server holds.
        await using var server = DattServer.Build(args);
        var path = server.Services.GetRequiredService<DataDirectory>().ServerKey;
        using var key = ServerKeyFile.Read(path);
        if (key is not null)
            return act(key, path, server.Services.GetRequiredService<TimeProvider>());
        output.WriteLine($"There is no key in {path} yet: the first start of the server makes it, or key import brings one.");
        return 1;
    }

    private static int Show(ServerKey key, TextWriter output)
    {
        output.WriteLine($"id          {key.Id}");
        output.WriteLine($"public key  {Convert.ToBase64String(key.PublicKey.Spki.Span)}");
        output.WriteLine($"fingerprint {key.PublicKey.Fingerprint}");
        output.WriteLine($"rotations   {key.HandOvers.Count} of at most {HandOver.MaxChain}");
        foreach (var link in key.HandOvers)
            output.WriteLine($"            {link.Sequence}. {link.Time:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        return 0;
    }

    private static int Export(ServerKey key, string file, TextReader input, TextWriter output)
    {
        if (File.Exists(file))
        {
            output.WriteLine($"{file} exists already. Name a new file.");
            return 1;
        }

        if (Passphrase(input, output) is not { } passphrase)
            return 1;
        ServerKeyFile.WriteNew(file, System.Text.Encoding.ASCII.GetBytes(ServerKeyBackup.Write(key, passphrase)));
        output.WriteLine($"The key of {key.Id} is in {file}, encrypted. Keep file and passphrase apart from this machine.");
        return 0;
    }

    private static int Import(string path, string file, bool replace, TextReader input, TextWriter output)
    {
        if (new FileInfo(file) is not { Exists: true, Length: <= ServerKeyBackup.MaxLength })
        {
            output.WriteLine($"{file} is missing or not a backup of a key.");
            return 1;
        }

        if (Passphrase(input, output) is not { } passphrase)
            return 1;
        if (!ServerKeyBackup.TryRead(File.ReadAllText(file), passphrase, out var key, out var fault))
        {
            output.WriteLine(fault == BackupFault.WrongPassphrase ? $"The passphrase does not open {file}." : $"{file} is not a backup of a key.");
            return 1;
        }

        using (key)
        {
            // What is there and unreadable may go; a key that would be lost may not.
            using var there = replace ? null : ServerKeyFile.Read(path);
            if (there is not null && !IsLater(there, key))
            {
                output.WriteLine(there.Id == key.Id
                    ? $"{path} holds a later key of this server than {file}. Others refuse the former one. {ReplaceOption} takes it all the same."
                    : $"{path} holds the key of another server, {there.Id}. {ReplaceOption} throws that one away.");
                return 1;
            }

            ServerKeyFile.Replace(path, key);
            output.WriteLine($"This is {key.Id} now.");
            return 0;
        }
    }

    private static int Rotate(ServerKey key, string path, TimeProvider time, TextWriter output)
    {
        using var next = key.Rotate(time.GetUtcNow());
        if (next is null)
        {
            output.WriteLine($"This key was rotated {HandOver.MaxChain} times, which is the most there can be.");
            return 1;
        }

        ServerKeyFile.Replace(path, next);
        output.WriteLine($"{next.Id} has a new key, {next.PublicKey.Fingerprint}. Backups of the one before are of no use any more: make a new one with key export.");
        return 0;
    }

    private static bool IsLater(ServerKey there, ServerKey key) =>
        there.Id == key.Id && key.HandOvers.Count >= there.HandOvers.Count
        && (key.HandOvers.Count == there.HandOvers.Count ? key.PublicKey.Fingerprint == there.PublicKey.Fingerprint
            : key.HandOvers[there.HandOvers.Count].From == Convert.ToBase64String(there.PublicKey.Spki.Span));

    private static string? Passphrase(TextReader input, TextWriter output)
    {
        var passphrase = Environment.GetEnvironmentVariable(PassphraseVariable);
        if (passphrase is null)
        {
            output.WriteLine($"Passphrase (or set {PassphraseVariable}):");
            passphrase = input.ReadLine() ?? "";
        }

        if (passphrase.Length >= ServerKeyBackup.MinPassphrase)
            return passphrase;
        output.WriteLine($"The passphrase must have {ServerKeyBackup.MinPassphrase} characters or more.");
        return null;
    }
}

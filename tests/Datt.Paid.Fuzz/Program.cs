using Datt.Paid.Fuzz;
using SharpFuzz;

// Built lazily: instrumented code may only run once the fuzzer has its shared memory.
var table = new Lazy<TargetTable>(() => new TargetTable());
FuzzTarget Find(string name) => table.Value.All.FirstOrDefault(t => t.Name == name)
    ?? throw new ArgumentException($"There is no target {name}; there are {string.Join(", ", table.Value.All.Select(t => t.Name))}.");

switch (args)
{
    case ["list"]:
        foreach (var target in table.Value.All)
            Console.WriteLine(target.Name);
        return 0;
    case ["seeds", var folder]:
        foreach (var target in table.Value.All)
        {
            var into = Directory.CreateDirectory(Path.Combine(folder, target.Name)).FullName;
            foreach (var (seed, number) in target.Seeds.OrderBy(s => s.Length).DistinctBy(Convert.ToBase64String).Select((s, n) => (s, n)).Take(6))
                File.WriteAllBytes(Path.Combine(into, $"valid-{number}"), seed);
        }
        return 0;
    case ["replay", var name, .. var files]:
        foreach (var file in files)
            Console.WriteLine($"{file}: {(Find(name).Decode(File.ReadAllBytes(file)) ? "accepted" : "refused")}");
        return 0;
    case ["afl", var name]:
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Find(name).Decode(bytes.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine("""
            Datt.Paid.Fuzz list                  the names of all targets
            Datt.Paid.Fuzz seeds FOLDER          writes right inputs for each target into FOLDER/TARGET
            Datt.Paid.Fuzz replay TARGET FILE…   puts files into a target
            Datt.Paid.Fuzz afl TARGET            one input after the other from afl-fuzz; see the script beside the project
            """);
        return 1;
}

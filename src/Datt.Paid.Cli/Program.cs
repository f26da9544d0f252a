using Datt.Paid.Cli.Commands;

return await CommandTree.RunAsync(args, Surroundings.OfProcess());

using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Datt.Paid.Cli.Commands;

/// <summary>Options that take a whole number between two bounds.</summary>
internal static class WholeNumber
{
    public static Option<T> Option<T>(string name, string description, T otherwise, T least, T most, params string[] aliases)
        where T : struct, IBinaryInteger<T> => new(name, aliases)
        {
            Description = description,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                if (T.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                {
                    return value;
                }

                result.AddError($"{name} takes a whole number from {least} to {most}, not '{result.Tokens[0].Value}'.");
                return otherwise;
            },
        };
}

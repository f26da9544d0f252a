namespace Datt.Paid.Pages.Portal;

/// <summary>Where a page sends people next. Only paths of this server: anything else in a link would make it a tool for whoever wrote the link.</summary>
internal static class LocalUrl
{
    public static string Or(string? wanted, string otherwise) =>
        wanted is ['/', ..] and not ['/', '/' or '\\', ..] && wanted.Length <= 2_000 && !wanted.Any(char.IsControl) ? wanted : otherwise;
}

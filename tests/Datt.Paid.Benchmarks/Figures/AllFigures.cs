namespace Datt.Paid.Benchmarks.Figures;

/// <summary>Every figure of a run, in the order of the report.</summary>
internal static class AllFigures
{
    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Options options)
    {
        string[] names = [AnnounceFigure.Name, SearchFigure.Name, SearchFigure.Sqlite, GateFigure.Name, CranfieldFigure.Name, RestartFigure.Name, RestartFigure.Memory, PresenceFigure.Name, SocketsFigure.Name, SignallingFigure.Name, SwarmFigure.Name, SwarmFigure.Sources];
        if (options.Only.Except(names).ToArray() is [var unknown, ..])
            throw new ArgumentException($"There is no figure '{unknown}'; there are {string.Join(", ", names)}.");
        using var bench = new Workbench(options);
        var results = new List<FigureResult>();
        // Announcing first: the others use the directory it leaves.
        if (Wanted(AnnounceFigure.Name))
            results.AddRange(await AnnounceFigure.MeasureAsync(bench));
        if (Wanted(SearchFigure.Name) || Wanted(SearchFigure.Sqlite))
            results.AddRange(await SearchFigure.MeasureAsync(bench, Wanted(SearchFigure.Name), Wanted(SearchFigure.Sqlite)));
        if (Wanted(GateFigure.Name))
            results.AddRange(await GateFigure.MeasureAsync(bench));
        if (Wanted(CranfieldFigure.Name))
            results.AddRange(await CranfieldFigure.MeasureAsync(bench));
        if (Wanted(RestartFigure.Name) || Wanted(RestartFigure.Memory))
            results.AddRange(await RestartFigure.MeasureAsync(bench, Wanted(RestartFigure.Memory)));
        if (Wanted(PresenceFigure.Name))
            results.AddRange(await PresenceFigure.MeasureAsync(bench));
        if (Wanted(SocketsFigure.Name))
            results.AddRange(await SocketsFigure.MeasureAsync(bench));
        if (Wanted(SignallingFigure.Name))
            results.AddRange(await SignallingFigure.MeasureAsync(bench));
        if (Wanted(SwarmFigure.Name))
            results.AddRange(await SwarmFigure.MeasureAsync(bench));
        // Takes minutes of waiting; measured when it is asked for.
        if (options.Only.Contains(SwarmFigure.Sources))
            results.AddRange(await SwarmFigure.MeasureSourcesAsync(bench));
        return results;

        bool Wanted(string name) => options.Only.Count == 0 || options.Only.Contains(name);
    }
}

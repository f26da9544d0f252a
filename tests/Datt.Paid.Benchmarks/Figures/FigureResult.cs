namespace Datt.Paid.Benchmarks.Figures;

/// <summary>One line of the report.</summary>
/// <param name="Figure">What was measured.</param>
/// <param name="Goal">What it should reach; null for a line that only informs.</param>
/// <param name="AtMost">The goal is an upper bound.</param>
/// <param name="Unit">Of goal and value: <c>x</c> for a ratio.</param>
/// <param name="Value">What is held against the goal, over the rounds.</param>
/// <param name="Ours">What the product did, in words and numbers.</param>
/// <param name="Beside">What the peer did in the same rounds.</param>
internal sealed record FigureResult(string Figure, double? Goal, bool AtMost, string Unit, Spread Value, string Ours = "", string Beside = "")
{
    /// <summary>Whether the median reaches the goal.</summary>
    public bool? Reached => Goal is null ? null : AtMost ? Value.Median <= Goal : Value.Median >= Goal;
}

namespace Datt.Paid.Protocol.Runs;

/// <summary>The numbers of the run format that writer and reader share.</summary>
public static class RunLimits
{
    /// <summary>Highest level.</summary>
    public const int MaxLevel = 15;

    /// <summary>Frames of one run.</summary>
    public const int MaxFrames = 131_072;

    /// <summary>Longest run that is listed, 16 TiB.</summary>
    public const long MaxBytes = 1L << 44;

    /// <summary>Most records of a run that is listed.</summary>
    public const long MaxRecords = 1L << 40;

    /// <summary>Most runs that one merge reads: a manifest's worth.</summary>
    public const int MaxMergeInputs = 1_024;

    /// <summary>A frame ends with the record that brings it to so many bytes before compression.</summary>
    public static int FrameBytes(int level) => level <= 1 ? 65_536 : 1_048_576;
}

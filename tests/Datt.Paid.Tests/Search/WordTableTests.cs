using System.Text;
using Datt.Paid.Search.Analysis;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Search;

public sealed class WordTableTests
{
    private static readonly Language[] Languages = [Language.Unknown, Language.Of("en"), Language.Of("de"), Language.Of("tr")];
    private static readonly string[] Words =
        ["Running", "running", "the", "Häuser", "HÄUSER", "I", "ışık", "x", "", "Straße", new('w', 32), new('w', 33), new('字', 32), new('ß', 64), new('a', 200)];

    /// <summary>With two places nearly every word drives another one out, and the array behind them is given up again and again.</summary>
    [Property(MaxTest = 200)]
    public void SaysWhatTheAnalyzerSaysHoweverLittleItRemembers(int[] picks)
    {
        var words = new WordAnalyzer(64);
        var table = new WordTable(words, 2);
        foreach (var pick in picks)
        {
            var language = Languages[(uint)pick % Languages.Length];
            var source = Words[(uint)(pick / Languages.Length) % Words.Length];
            Same(words.Analyze(source, language), table.Analyze(source, language));
        }
    }

    [Fact]
    public void WhatItSaidStaysTrueAfterItForgotTheWord()
    {
        var words = new WordAnalyzer(64);
        var table = new WordTable(words, 4);
        var said = new List<(Word Expected, WordTerms Terms)>();
        for (var i = 0; i < 5_000; i++)
        {
            var source = $"word{i % 701}s";
            said.Add((words.Analyze(source, Languages[1]), table.Analyze(source, Languages[1])));
        }

        foreach (var (expected, terms) in said)
            Same(expected, terms);
    }

    [Fact]
    public void TheSameWordOfTwoLanguagesIsTwoWords()
    {
        var table = new WordTable(new WordAnalyzer(64), 1_024);
        for (var round = 0; round < 2; round++)
        {
            Assert.True(table.Analyze("die", Language.Of("de")).IsStop);
            var english = table.Analyze("die", Language.Of("en"));
            Assert.Equal("die", Encoding.UTF8.GetString(english.SurfaceBytes, english.SurfaceOffset + 1, english.SurfaceLength - 1));
        }
    }

    private static void Same(Word expected, WordTerms terms)
    {
        Assert.Equal(expected.IsStop, terms.IsStop);
        Assert.Equal(expected.Term, terms.TermBytes.AsSpan(terms.TermOffset, terms.TermLength).ToArray());
        Assert.Equal(expected.Surface, terms.SurfaceBytes.AsSpan(terms.SurfaceOffset, terms.SurfaceLength).ToArray());
    }
}

using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;

namespace Datt.Paid.Tests.Search;

public sealed class LanguageTests : IDisposable
{
    private readonly TestIndex _index = new();

    public void Dispose() => _index.Dispose();

    [Theory]
    [InlineData("en", "The runners were running", "run")]
    [InlineData("en", "A café in Paris", "cafe")]
    [InlineData("en-GB", "Connected islands", "connection")]
    [InlineData("en", "John's book", "john")]
    [InlineData("fr", "L'avion des écoles françaises", "avion")]
    [InlineData("fr", "L'avion des écoles françaises", "ecole")]
    [InlineData("de", "Die Häuser am See", "haus")]
    [InlineData("es", "Las canciones", "canción")]
    [InlineData("it", "Le canzoni dell'università", "canzone")]
    [InlineData("pt", "As canções", "cancao")]
    [InlineData("nl", "De lichamelijke opvoeding", "lichamelijk")]
    [InlineData("ru", "Красивые города", "город")]
    [InlineData("sv", "Husen vid havet", "hus")]
    [InlineData("nb", "Husene ved havet", "hus")]
    [InlineData("da", "Husene ved havet", "hus")]
    [InlineData("fi", "Taloissa", "talo")]
    [InlineData("hu", "A házak", "ház")]
    [InlineData("ro", "Casele", "casa")]
    [InlineData("tr", "IŞIKLAR ve evler", "ışık")]
    [InlineData(null, "Ärger Über Straßen", "strassen")]
    [InlineData("xx", "Quelques Mots", "mots")]
    [InlineData(null, "Ёлка", "елка")]
    [InlineData(null, "Αθήνα", "ΑΘΗΝΑ")]
    [InlineData("ar", "الكتاب", "كتاب")]
    [InlineData(null, "e\u0301cole", "ÉCOLE")]
    [InlineData(null, "１２３ ａｂｃ", "abc")]
    [InlineData(null, "٣٤٥", "345")]
    public void FindsAWordInItsForms(string? language, string title, string query)
    {
        _index.Add("it", title, language: language);
        _index.Add("other", "Nothing alike", language: language);

        Assert.Equal(["it"], _index.Ids(query));
    }

    [Theory]
    [InlineData("ja", "東京都庁の見学", "東京")]
    [InlineData("ja", "東京都庁の見学", "見学")]
    [InlineData("ja", "東京都庁の見学", "都")]
    [InlineData("ja", "東京都庁の見学", "学")]
    [InlineData("zh", "我爱北京天安门", "北京天安门")]
    [InlineData("ko", "서울의 봄", "서울")]
    [InlineData("th", "ภาษาไทย", "ไทย")]
    [InlineData(null, "𠀀𠀁𠀂", "𠀁𠀂")]
    [InlineData("ja", "iPhone版の東京", "iphone")]
    public void FindsPartsOfScriptsWithoutSpaces(string? language, string title, string query)
    {
        _index.Add("it", title, language: language);
        _index.Add("other", "京東 北天 別物", language: language);

        Assert.Equal(["it"], _index.Ids(query));
    }

    [Fact]
    public void CharactersInAnotherOrderDoNotMatch()
    {
        _index.Add("it", "東京都庁", language: "ja");

        Assert.Empty(_index.Ids("京東"));
        Assert.Empty(_index.Ids("東都"));
    }

    [Fact]
    public void StopWordsAreDroppedOnlyInTheirLanguage()
    {
        _index.Add("en", "The islands", language: "en");
        _index.Add("de", "Die Inseln the", language: "de");
        _index.Add("none", "the the", language: null);

        Assert.Equal(["de", "none"], _index.Ids("the").Order());
        Assert.Equal(["en"], _index.Ids("the islands"));
    }

    [Fact]
    public void OneQueryFindsContentsOfAllLanguages()
    {
        _index.Add("en", "Hotels in Paris", language: "en");
        _index.Add("fr", "Hôtels à Paris", language: "fr");
        _index.Add("none", "paris hotels", language: null);
        _index.Add("other", "hotels", language: null);

        Assert.Equal(["en", "fr", "none"], _index.Ids("hotels paris").Order());
    }

    [Fact]
    public void TheLanguageFilterTakesPrimaryAndExactTags()
    {
        _index.Add("gb", "paris", language: "en-gb");
        _index.Add("us", "paris", language: "en-us");
        _index.Add("en", "paris", language: "en");
        _index.Add("fr", "paris", language: "fr");
        _index.Add("eo", "paris", language: "eo");
        _index.Add("none", "paris", language: null);

        string[] Ids(string query, string language) => [.. _index.Ids(new SearchRequest { Query = query, Language = language, Limit = 100 }).Order()];
        foreach (var query in new[] { "paris", "" })
        {
            Assert.Equal(["en", "gb", "us"], Ids(query, "en"));
            Assert.Equal(["gb"], Ids(query, "en-GB"));
            Assert.Equal(["fr"], Ids(query, "FR"));
            Assert.Equal(["eo"], Ids(query, "eo"));
            Assert.Empty(Ids(query, "de"));
        }
    }

    [Fact]
    public void ARareLanguageDoesNotPushItselfInFront()
    {
        for (var i = 0; i < 200; i++)
            _index.Add($"filler{i}", "something else entirely", language: "en");
        _index.Add("en", new Description { Title = "paris", Language = "en" });
        _index.Add("sv", new Description { Title = "paris och london och rom", Language = "sv" });

        Assert.Equal(["en", "sv"], _index.Ids("paris"));
    }
}

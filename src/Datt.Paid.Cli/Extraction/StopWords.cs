namespace Datt.Paid.Cli.Extraction;

/// <summary>The commonest words of the larger European languages in Latin script.</summary>
internal static class StopWords
{
    private static readonly (string Language, string Words)[] Lists =
    [
        ("en", "the of and to in is that it was for on are with as his they be at this have from or had by not but what all were when we there can an your which their said if will how she he him her its has been would who them these so into more than our you"),
        ("de", "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man ich wir kein keine was"),
        ("fr", "le la les de des du un une et est en que qui dans pour pas sur au aux avec ce cette il elle ne se son sa ses plus par je nous vous ils elles mais ou où leur leurs été être sont comme tout fait cela d l n qu c j"),
        ("es", "el la los las de del un una y en que es por con no para su sus se al lo como más o pero le ha me sin sobre este esta ya entre cuando todo ser son dos también fue había era muy hasta desde está nos durante ni"),
        ("it", "il la le gli lo i di del della dei delle un una e in che è per con non su si al alla da dal dalla sono come più ma anche o se nel nella ci ha suo sua era questo questa essere ai degli quando chi hanno io cosa dell nell"),
        ("pt", "o a os as de do da dos das um uma e em que é por com não para se na no nas nos ao mais como mas foi seu sua ou ser quando muito há já está eu também só pelo pela até isso ela ele entre era depois sem mesmo aos são"),
        ("nl", "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door over wordt werd naar ze hij zij hebben had heeft kan deze dit die wij ik je geen meer zo of tot wat worden was"),
        ("sv", "och i att en det som på är av för med till den har de inte om ett han men var jag sig från vi så kan när år under också efter eller nu sin där vid mot ska skulle kommer ut får finns vara hade alla hur mycket"),
        ("da", "og i at en det som på er af for med til den har de ikke om et han men var jeg sig fra vi så kan når efter også eller nu sin hvor ved mod skal skulle kommer ud får blev være havde alle hvad meget af blive efter hos kun"),
        ("no", "og i at en det som på er av for med til den har de ikke om et han men var jeg seg fra vi så kan når etter også eller nå sin hvor ved mot skal skulle kommer ut får ble være hadde alle hva mye bli hos kun dette"),
        ("fi", "ja on ei se että hän oli joka mutta ovat kun niin myös kuin tai ole vain sen jos nyt olla mitä sitä hänen sekä jo voi ne mukaan tämä tässä ollut minä sinä me te he siitä koska kanssa ennen jälkeen olivat kaikki"),
        ("pl", "i w na z do się nie to że jest o jak po od za co ale przez dla przy jego jej są był była było ma tego tym tak czy może ten ich już lub oraz które który która być także tylko ze gdy jako bardzo przed pod nad"),
        ("cs", "a v na se je že s z do o k i to ve po pro jako za byl by jeho jsou ale od jsem aby tak které který která při nebo jen když také podle být jsme má této může byla bylo už co ještě až před než si ze"),
        ("hu", "a az és hogy nem is egy ez volt de meg csak már mint van el még ha be ki után le vagy azt ezt minden lehet kell volna olyan nagyon itt ott ami aki amely között által szerint mert pedig akkor most lett sem ennek annak"),
        ("ro", "și în de la a al ale cu pe nu este un o din care că se pentru mai sau dar au fost sunt prin după ca cum între lui sa său ei lor când până unei unui acest această toate fi va avea era le ce poate fără fiind"),
        ("tr", "ve bir bu da de için ile çok olarak daha olan en gibi sonra kadar ne ki o var ise ancak her ama değil olduğu şey mi ben sen onun tarafından ya iki göre oldu olduğunu ona bunu içinde diye zaman veya hem nasıl"),
    ];

    private static readonly Dictionary<string, List<int>> ByWord = Build();

    public static IReadOnlyList<string> Languages { get; } = [.. Lists.Select(l => l.Language)];

    public static IReadOnlyList<int> LanguagesOf(string word) => ByWord.TryGetValue(word, out var languages) ? languages : [];

    private static Dictionary<string, List<int>> Build()
    {
        var byWord = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < Lists.Length; i++)
        {
            foreach (var word in Lists[i].Words.Split(' ').Distinct())
            {
                if (!byWord.TryGetValue(word, out var languages))
                {
                    byWord.Add(word, languages = []);
                }

                languages.Add(i);
            }
        }

        return byWord;
    }
}

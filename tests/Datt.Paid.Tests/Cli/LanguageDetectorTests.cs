using Datt.Paid.Cli.Extraction;

namespace Datt.Paid.Tests.Cli;

public class LanguageDetectorTests
{
    [Theory]
    [InlineData("en", "It was the best of times, it was the worst of times, it was the age of wisdom, and of foolishness.")]
    [InlineData("de", "Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in seinem Bett zu einem Ungeziefer verwandelt.")]
    [InlineData("fr", "Longtemps, je me suis couché de bonne heure. Parfois, mes yeux se fermaient si vite que je n'avais pas le temps de me dire.")]
    [InlineData("es", "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo de los de lanza.")]
    [InlineData("it", "Nel mezzo del cammin di nostra vita mi ritrovai per una selva oscura, che la diritta via era smarrita, e non so il perché.")]
    [InlineData("pt", "As armas e os barões assinalados que da ocidental praia lusitana por mares nunca dantes navegados passaram ainda além do mar, e não sem dor.")]
    [InlineData("nl", "Het was een koude dag in het voorjaar en de klokken sloegen dertien, maar hij liep niet naar huis omdat er niemand was.")]
    [InlineData("sv", "Det var en gång en man som inte ville gå hem, och han hade ett hus vid sjön där alla kunde se honom när solen var uppe.")]
    [InlineData("fi", "Hän sanoi että se on totta, mutta minä en ole vain niin varma kuin hän, ja sitä mieltä ovat kaikki.")]
    [InlineData("pl", "Litwo, ojczyzno moja, ty jesteś jak zdrowie, ile cię trzeba cenić, ten tylko się dowie, kto cię stracił, i nie jest to tak.")]
    [InlineData("cs", "Byl jednou jeden král a ten měl tři syny, kteří se nebáli ničeho, ale když přišla zima, tak se všichni vrátili do hradu.")]
    [InlineData("hu", "Egyszer volt, hol nem volt, volt egyszer egy szegény ember, és annak volt három fia, de a legkisebb nagyon okos volt.")]
    [InlineData("ro", "A fost odată un împărat care avea o fată, și nu era nimeni în lume mai frumoasă decât ea, dar ea era tristă din cauza lui.")]
    [InlineData("tr", "Bir zamanlar çok uzak bir ülkede yaşayan bir kral ve onun için çalışan insanlar vardı, ama bu kral daha çok şey istedi.")]
    [InlineData("ru", "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему, и это было ясно.")]
    [InlineData("uk", "Реве та стогне Дніпр широкий, сердитий вітер завива, додолу верби гне високі, горами хвилю підійма, її не чути.")]
    [InlineData("sr", "Био једном један цар који је имао три сина, а сваки од њих је желео да добије царство, па се међу собом љуте.")]
    [InlineData("bg", "Имало едно време един цар, който имал голяма градина, в която растяло дърво със златни ябълки, но никой не знаел къде.")]
    [InlineData("el", "Άνδρα μοι έννεπε, Μούσα, πολύτροπον, ος μάλα πολλά πλάγχθη")]
    [InlineData("ja", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。")]
    [InlineData("zh", "道可道，非常道。名可名，非常名。无名天地之始，有名万物之母。")]
    [InlineData("ko", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.")]
    [InlineData("ar", "كان يا ما كان في قديم الزمان ملك عظيم يحكم بلادا واسعة")]
    [InlineData("fa", "یکی بود یکی نبود غیر از خدا هیچ کس نبود، پادشاهی بود که گنج بزرگی داشت")]
    [InlineData("he", "בראשית ברא אלהים את השמים ואת הארץ והארץ היתה תהו ובהו")]
    [InlineData("hi", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता")]
    [InlineData("th", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ")]
    public void Tells_languages(string expected, string text) => Assert.Equal(expected, LanguageDetector.Detect(text));

    [Theory]
    [InlineData("")]
    [InlineData("Paris")]
    [InlineData("12345 67890 3.14159 2718281828")]
    [InlineData("Lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt")]
    [InlineData("foo(bar); int main() { return x; } printf(); malloc(); struct node next;")]
    public void Says_nothing_when_unsure(string text) => Assert.Null(LanguageDetector.Detect(text));

    [Fact]
    public void A_quotation_does_not_change_the_language() =>
        Assert.Equal("en", LanguageDetector.Detect("He said to me that the word 道可道 was on the wall, and that it was not for us to know what it meant in the end."));
}

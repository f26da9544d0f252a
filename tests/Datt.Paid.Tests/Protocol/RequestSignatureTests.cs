using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RequestSignatureTests
{
    private static readonly ServerKey Key = ServerKey.Create();
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly Uri Target = new("https://b.example:8443/datt/federation/v1/signals?to=x%20y&n=1");

    private static ReceivedRequest Received(
        IReadOnlyList<KeyValuePair<string, string>> fields, Uri target, string method = "POST") => new(
        method, [RequestSignature.AuthorityOf(target)], [target.AbsolutePath], target.Query,
        Field(fields, "Signature-Input"), Field(fields, "Signature"), Field(fields, "Content-Digest"));

    private static string? Field(IReadOnlyList<KeyValuePair<string, string>> fields, string name) => fields.SingleOrDefault(f => f.Key == name).Value;

    private static ServerPublicKey? KeyOf(string id) => id == Key.Id ? Key.PublicKey : null;

    private static void Refused(RequestSignatureFault fault, ReceivedRequest request, ReadOnlySpan<byte> body, DateTimeOffset? now = null) =>
        Assert.Equal(fault, Assert.IsType<RequestSignatureOutcome.Bad>(RequestSignature.Verify(request, body, KeyOf, now ?? Now)).Fault);

    [Fact]
    public void The_example_of_RFC_9421_for_this_algorithm_verifies()
    {
        // Appendix B.2.4, with the key of B.1.3.
        Assert.True(ServerPublicKey.TryImport(Convert.FromBase64String(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ=="), out var key));
        Assert.True(SignatureInput.TryRead(
            "sig-b24=(\"@status\" \"content-type\" \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"", out var inputs));
        Assert.True(SignatureInput.TryReadBytes(
            "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:", "sig-b24", out var signature));
        var signed = Assert.Single(inputs).Base(component => component switch
        {
            "@status" => "200",
            "content-type" => "application/json",
            "content-digest" => "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
            "content-length" => "23",
            _ => null,
        });
        P256.MakeLow(signature);
        Assert.True(key.Verify(signed, signature));
    }

    [Property(MaxTest = 50)]
    public void What_was_signed_verifies_and_nothing_else_does(byte[] body, uint seed)
    {
        var samples = new RecordSamples(seed);
        var fields = RequestSignature.Sign("POST", Target, body, Now, Key);
        var request = Received(fields, Target);
        var good = Assert.IsType<RequestSignatureOutcome.Good>(RequestSignature.Verify(request, body, KeyOf, Now));
        Assert.Equal((Key.Id, Now), (good.ServerId, good.Created));
        Refused(RequestSignatureFault.BadSignature, request with { Method = "PUT" }, body);
        Refused(RequestSignatureFault.BadSignature, request with { Authorities = ["c.example"] }, body);
        Refused(RequestSignatureFault.BadSignature, request with { Paths = ["/federation/v1/signals"] }, body);
        Refused(RequestSignatureFault.BadSignature, request with { Query = "" }, body);
        Refused(body.Length == 0 ? RequestSignatureFault.NotCovered : RequestSignatureFault.BadDigest, request, [.. body, (byte)samples.Next(256)]);
        Assert.NotEqual(good.Nonce, Assert.IsType<RequestSignatureOutcome.Good>(
            RequestSignature.Verify(Received(RequestSignature.Sign("POST", Target, body, Now, Key), Target), body, KeyOf, Now)).Nonce);
    }

    [Fact]
    public void A_proxy_may_take_the_beginning_of_the_path_off_and_other_signatures_may_stand_beside()
    {
        var fields = RequestSignature.Sign("GET", Target, [], Now, Key);
        var request = Received(fields, Target, "GET") with { Authorities = ["127.0.0.1:5000", "b.example:8443"], Paths = ["/federation/v1/signals", Target.AbsolutePath] };
        Assert.IsType<RequestSignatureOutcome.Good>(RequestSignature.Verify(request, [], KeyOf, Now));
        var beside = request with
        {
            SignatureInput = "proxy=(\"@method\" );created=1;keyid=\"p\",\t" + request.SignatureInput,
            Signature = "proxy=:AAAA:, " + request.Signature,
        };
        Assert.IsType<RequestSignatureOutcome.Good>(RequestSignature.Verify(beside, [], KeyOf, Now));
        Assert.Equal("b.example", RequestSignature.AuthorityOf(new("HTTPS://B.example:443/")));
        Assert.Equal("[::1]:5000", RequestSignature.AuthorityOf(new("http://[::1]:5000/")));
    }

    [Fact]
    public void Every_way_not_to_be_signed_has_its_name()
    {
        var body = "hello"u8;
        var request = Received(RequestSignature.Sign("POST", Target, body, Now, Key), Target);
        string Changed(string from, string to)
        {
            Assert.Contains(from, request.SignatureInput!, StringComparison.Ordinal);
            return request.SignatureInput!.Replace(from, to, StringComparison.Ordinal);
        }

        Refused(RequestSignatureFault.Unsigned, request with { Signature = null }, body);
        Refused(RequestSignatureFault.Unsigned, request with { SignatureInput = Changed(RequestSignature.Tag, "other") }, body);
        Refused(RequestSignatureFault.Malformed, request with { SignatureInput = "datt=" }, body);
        Refused(RequestSignatureFault.Malformed, request with { SignatureInput = new string('a', 5_000) }, body);
        Refused(RequestSignatureFault.Malformed, request with { Signature = "other=:AAAA:" }, body);
        Refused(RequestSignatureFault.BadParameters, request with { Signature = "datt=:AAAA:" }, body);
        Refused(RequestSignatureFault.BadParameters, request with { SignatureInput = Changed(";nonce=\"", ";other=\"") }, body);
        Refused(RequestSignatureFault.BadParameters, request with { SignatureInput = request.SignatureInput + ";alg=\"hmac-sha256\"" }, body);
        Refused(RequestSignatureFault.NotCovered, request with { SignatureInput = Changed(" \"content-digest\"", "") }, body);
        Refused(RequestSignatureFault.NotCovered, request with { SignatureInput = Changed("\"@path\" ", "") }, body);
        Refused(RequestSignatureFault.NotCovered, request with { SignatureInput = Changed("\"@path\"", "\"@path\" \"x\"") }, body);
        Refused(RequestSignatureFault.Stale, request, body, Now.AddSeconds(301));
        Refused(RequestSignatureFault.Stale, request, body, Now.AddSeconds(-301));
        Refused(RequestSignatureFault.Stale, request with { SignatureInput = request.SignatureInput + $";expires={Now.ToUnixTimeSeconds() - 1}" }, body);
        Assert.IsType<RequestSignatureOutcome.Good>(RequestSignature.Verify(request, body, KeyOf, Now.AddSeconds(300)));
        using var stranger = ServerKey.Create();
        Refused(RequestSignatureFault.UnknownKey, Received(RequestSignature.Sign("POST", Target, body, Now, stranger), Target), body);
        Refused(RequestSignatureFault.BadDigest, request with { ContentDigest = null }, body);
        Assert.True(ServerKey.TryImport(stranger.Export(), Key.Id, out var pretender));
        Refused(RequestSignatureFault.BadSignature, Received(RequestSignature.Sign("POST", Target, body, Now, pretender), Target), body);
    }

    [Fact]
    public void The_committed_request_verifies()
    {
        Assert.True(ServerKey.TryImport(VectorFiles.Read("test-key.pkcs8"), null, out var key));
        var body = "{\"type\":\"OFFER\"}"u8.ToArray();
        VectorFiles.Keep("request-signature.json", () => Encoding.UTF8.GetBytes(new JsonObject(
        [
            new("method", "POST"), new("target", Target.ToString()), new("body", Encoding.UTF8.GetString(body)), new("keyid", key.Id),
            .. RequestSignature.Sign("POST", Target, body, Now, "MTIzNDU2Nzg5MDEyMzQ1Ng", key).Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value)),
        ]).ToJsonString(new() { WriteIndented = true }).ReplaceLineEndings("\n") + "\n"));
        var vector = VectorFiles.ReadJson("request-signature.json");
        var target = new Uri((string)vector["target"]!);
        var request = new ReceivedRequest(
            (string)vector["method"]!, [RequestSignature.AuthorityOf(target)], [target.AbsolutePath], target.Query, (string?)vector["Signature-Input"],
            (string?)vector["Signature"], (string?)vector["Content-Digest"]);
        var good = Assert.IsType<RequestSignatureOutcome.Good>(
            RequestSignature.Verify(request, Encoding.UTF8.GetBytes((string)vector["body"]!), id => id == key.Id ? key.PublicKey : null, Now));
        Assert.Equal("MTIzNDU2Nzg5MDEyMzQ1Ng", good.Nonce);
        var again = RequestSignature.Sign("POST", Target, body, Now, "MTIzNDU2Nzg5MDEyMzQ1Ng", key);
        Assert.Equal((string?)vector["Signature-Input"], Field(again, "Signature-Input"));
        Assert.Equal((string?)vector["Content-Digest"], Field(again, "Content-Digest"));
    }

    [Property(MaxTest = 2_000)]
    public void Damaged_fields_have_a_named_outcome_and_do_not_verify(uint seed)
    {
        var samples = new RecordSamples(seed);
        var request = Received(RequestSignature.Sign("GET", Target, [], Now, Key), Target, "GET");
        var text = request.SignatureInput!.ToCharArray();
        for (var i = 0; i <= samples.Next(3); i++)
            text[samples.Next(text.Length)] = (char)samples.Next(i == 2 ? 0x300 : 128);
        var damaged = new string(text)[..(samples.Next(4) == 0 ? samples.Next(text.Length) : text.Length)];
        if (SignatureInput.TryRead(damaged, out var inputs))
            Assert.All(inputs, input => Assert.True(SignatureInput.TryRead($"{input.Label}={input.Serialized}", out _), input.Serialized));
        if (RequestSignature.Verify(request with { SignatureInput = damaged }, [], KeyOf, Now) is RequestSignatureOutcome.Good)
            Assert.Equal(request.SignatureInput, $"{inputs![0].Label}={inputs[0].Serialized}");
        SignatureInput.TryReadBytes(damaged, "datt", out _);
    }
}

using Datt.Paid.Notices;
using Datt.Paid.Storage;
using Datt.Paid.Tests.Cli;
using MimeKit;

namespace Datt.Paid.Tests.Notices;

public class NoticeMailTests
{
    private const string Email = "owner@example.org";

    [Fact]
    public async Task A_notice_is_mailed_as_plain_text_under_a_lasting_id()
    {
        await using var smtp = new SmtpListener();
        await using var server = await NoticeServer.StartAsync(smtp.Settings);
        await server.NotifyAsync(await server.AccountAsync(email: Email), NoticeKind.EndsSoon, server.Clock.GetUtcNow() + TimeSpan.FromDays(7));
        await server.RunAsync();
        await server.RunAsync();
        var mail = Assert.Single(smtp.Mails);
        Assert.Equal(("notices@rendezvous.example", Email, null), (mail.From, mail.To, mail.User));
        using var read = Read(mail);
        Assert.Equal("Your subscription ends soon", read.Subject);
        Assert.Contains("7 February 2026", read.TextBody, StringComparison.Ordinal);
        Assert.Null(read.HtmlBody);
        Assert.StartsWith("ntc_", read.MessageId, StringComparison.Ordinal);
        Assert.Equal(server.Clock.GetUtcNow(), read.Date);
        Assert.Equal("auto-generated", read.Headers["Auto-Submitted"]);
        Assert.NotNull((await server.DeliveryAsync()).DeliveredAt);
    }

    [Fact]
    public async Task Name_and_password_are_given_where_they_are_set()
    {
        await using var smtp = new SmtpListener();
        var settings = smtp.Settings;
        (settings["Datt:Smtp:User"], settings["Datt:Smtp:Password"]) = ("bob", "secret");
        await using var server = await NoticeServer.StartAsync(settings);
        await server.NotifyAsync(await server.AccountAsync(email: Email));
        await server.RunAsync();
        Assert.Equal("bob secret", Assert.Single(smtp.Mails).User);
    }

    [Theory]
    [InlineData("MAIL", "451 later", "The mail server did not take it.")]
    [InlineData("RCPT", "550 no such user", "The mail server does not take mail for this e-mail address.")]
    [InlineData("DATA", "554 no", "The mail server did not take it.")]
    [InlineData("EHLO", "nonsense", "The mail server did not take it.")]
    public async Task A_mail_that_is_refused_is_tried_again(string command, string answer, string failure)
    {
        await using var smtp = new SmtpListener();
        smtp.Instead[command] = answer;
        await using var server = await NoticeServer.StartAsync(smtp.Settings);
        await server.NotifyAsync(await server.AccountAsync(email: Email));
        await server.RunAsync();
        Assert.Equal((1, failure), ((await server.DeliveryAsync()).Attempts, (await server.DeliveryAsync()).Failure));
        smtp.Instead.Clear();
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        await server.RunAsync();
        Assert.Equal((2, null), ((await server.DeliveryAsync()).Attempts, (await server.DeliveryAsync()).Failure));
        Assert.Single(smtp.Mails);
    }

    [Fact]
    public async Task What_was_taken_is_delivered_even_if_the_farewell_fails()
    {
        await using var smtp = new SmtpListener();
        smtp.Instead["QUIT"] = "500 what";
        await using var server = await NoticeServer.StartAsync(smtp.Settings);
        await server.NotifyAsync(await server.AccountAsync(email: Email));
        await server.RunAsync();
        Assert.NotNull((await server.DeliveryAsync()).DeliveredAt);
    }

    [Fact]
    public async Task Without_TLS_nothing_is_said_to_a_server_that_should_have_it()
    {
        await using var smtp = new SmtpListener();
        var settings = smtp.Settings;
        settings["Datt:Smtp:Tls"] = "StartTls";
        await using var server = await NoticeServer.StartAsync(settings);
        await server.NotifyAsync(await server.AccountAsync(email: Email));
        await server.RunAsync();
        Assert.Equal("The mail server did not take it.", (await server.DeliveryAsync()).Failure);
        Assert.DoesNotContain(smtp.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal) || c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_channels_do_not_wait_for_each_other()
    {
        await using var smtp = new SmtpListener();
        await using var server = await NoticeServer.StartAsync(smtp.Settings);
        await server.NotifyAsync(await server.AccountAsync("http://127.0.0.1:1024/", Email));
        await server.RunAsync();
        Assert.Equal(
            [(NoticeChannel.Web, false), (NoticeChannel.Email, true)],
            (await server.DeliveriesAsync()).OrderBy(d => d.Channel).Select(d => (d.Channel, d.DeliveredAt is not null)));

        smtp.Instead["MAIL"] = "451 later";
        await using var receiver = await StubServer.StartAsync((_, _) => Task.CompletedTask);
        await server.NotifyAsync(await server.AccountAsync(receiver.Address.AbsoluteUri, "other@example.org"));
        await server.RunAsync();
        Assert.Single(receiver.Requests);
        Assert.Single(smtp.Mails);
    }

    [Fact]
    public async Task Without_a_mail_server_the_owner_is_told()
    {
        await using var server = await NoticeServer.StartAsync();
        await server.NotifyAsync(await server.AccountAsync(email: Email));
        await server.RunAsync();
        var delivery = await server.DeliveryAsync();
        Assert.Equal((0, null, "This server sends no e-mail."), (delivery.Attempts, delivery.DueAt, delivery.Failure));
    }

    [Theory]
    [InlineData("Host", "smtp://mail.example", "Datt:Smtp:Host")]
    [InlineData("Port", "0", "Datt:Smtp:Port")]
    [InlineData("From", "", "Datt:Smtp:From is missing")]
    [InlineData("From", "nobody", "Datt:Smtp:From")]
    [InlineData("Password", "x", "Datt:Smtp:User")]
    public void A_wrong_setting_is_named(string setting, string value, string said)
    {
        var options = new SmtpOptions { Host = "mail.example", From = "a@example.org" };
        var property = typeof(SmtpOptions).GetProperty(setting)!;
        property.SetValue(options, property.PropertyType == typeof(int) ? int.Parse(value, null) : value);
        Assert.Contains(new SmtpOptionsValidator().Validate(null, options).Failures!, f => f.StartsWith(said, StringComparison.Ordinal) || f.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_password_is_not_sent_in_clear_over_a_network()
    {
        var options = new SmtpOptions { Host = "mail.example", From = "a@example.org", User = "u", Password = "p", Tls = SmtpTls.None };
        Assert.True(new SmtpOptionsValidator().Validate(null, options).Failed);
        options.Host = "localhost";
        Assert.True(new SmtpOptionsValidator().Validate(null, options).Succeeded);
        Assert.True(new SmtpOptionsValidator().Validate(null, new SmtpOptions()).Succeeded);
    }

    private static MimeMessage Read(ReceivedMail mail) => MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mail.Text)));
}

using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Datt.Paid.Notices;

/// <summary>Hands a notice to the operator's mail server, as plain text, its Message-Id made of the notice's id.</summary>
internal sealed class NoticeMail(IOptions<SmtpOptions> options, TimeProvider time, ILogger<NoticeMail> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SmtpOptions _smtp = options.Value;

    /// <summary>Whether there is a mail server.</summary>
    public bool IsSet => _smtp.IsSet;

    public async Task<DeliveryOutcome> SendAsync(string address, NoticeMessage message, CancellationToken ct)
    {
        if (!MailboxAddress.TryParse(address, out var to))
            return new DeliveryOutcome.Failed("The e-mail address is none.");
        using var mail = Compose(to, message);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var smtp = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds };
            await smtp.ConnectAsync(_smtp.Host, _smtp.Port, Security(_smtp.Tls), either.Token);
            if (_smtp.User.Length > 0)
                await smtp.AuthenticateAsync(_smtp.User, _smtp.Password, either.Token);
            await smtp.SendAsync(mail, either.Token);
            await LeaveAsync(smtp, either.Token);
            return new DeliveryOutcome.Delivered();
        }
        catch (SmtpCommandException fault) when (fault.ErrorCode == SmtpErrorCode.RecipientNotAccepted)
        {
            return new DeliveryOutcome.Failed("The mail server does not take mail for this e-mail address.");
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && IsOfTheServer(fault, patience.IsCancellationRequested))
        {
            log.LogWarning(fault, "The mail server {Host}:{Port} did not take a notice; it is tried again.", _smtp.Host, _smtp.Port);
            return new DeliveryOutcome.Failed("The mail server did not take it.", Silent: true);
        }
    }

    private MimeMessage Compose(MailboxAddress to, NoticeMessage message)
    {
        var from = MailboxAddress.Parse(_smtp.From);
        var mail = new MimeMessage([from], [to], message.Title, new TextPart("plain") { Text = message.Text + "\n" })
        {
            Date = message.At,
            MessageId = $"{message.Id}@{from.Domain}",
        };
        mail.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: no answers by machines
        return mail;
    }

    /// <summary>The server has taken the mail; a farewell that fails changes nothing about that.</summary>
    private static async Task LeaveAsync(SmtpClient smtp, CancellationToken ct)
    {
        try
        {
            await smtp.DisconnectAsync(quit: true, ct);
        }
        catch (Exception fault) when (IsOfTheServer(fault, ct.IsCancellationRequested))
        {
        }
    }

    private static bool IsOfTheServer(Exception fault, bool timedOut) => fault switch
    {
        OperationCanceledException => timedOut,
        CommandException or ProtocolException or AuthenticationException or SslHandshakeException or ServiceNotConnectedException => true,
        IOException or System.Net.Sockets.SocketException or NotSupportedException or TimeoutException => true,
        _ => false,
    };

    private static SecureSocketOptions Security(SmtpTls tls) => tls switch
    {
        SmtpTls.Implicit => SecureSocketOptions.SslOnConnect,
        SmtpTls.None => SecureSocketOptions.None,
        _ => SecureSocketOptions.StartTls,
    };
}

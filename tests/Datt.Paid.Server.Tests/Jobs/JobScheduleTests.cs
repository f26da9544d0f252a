using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Running;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Jobs;

public class JobScheduleTests
{
    [Theory]
    [InlineData("00:00:05", "*/3 * * * * *")]
    [InlineData("00:00:10", "*/7 * * * * *")]
    [InlineData("00:01:00", "*/45 * * * * *")]
    [InlineData("00:02:00", "0 */1 * * * *")]
    [InlineData("01:00:00", "0 */45 * * * *")]
    [InlineData("1.00:00:00", "0 0 */18 * * *")]
    public void Open_invoices_are_read_so_often_that_beginning_late_and_reading_fit_into_the_interval(string interval, string cron)
    {
        var set = TimeSpan.Parse(interval, System.Globalization.CultureInfo.InvariantCulture);
        var read = JobSchedule.ReadInterval(set);
        Assert.Equal(cron, JobSchedule.Every(read));
        Assert.True(set - read >= TimeSpan.FromSeconds(2), $"{read} leaves too little of {set}");
    }

    [Fact]
    public async Task Servers_that_start_at_once_in_one_process_share_no_jobs()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ServerOnDisk.StartAsync()));
        try
        {
            Assert.Equal(servers.Length, servers.Select(server => server.Services.GetRequiredService<JobStorage>()).Distinct().Count());
            foreach (var server in servers)
            {
                using var scope = server.Services.GetRequiredService<JobActivator>().BeginScope(default(JobActivatorContext)!);
                Assert.Same(server.Services.GetRequiredService<ServerJobs>(), scope.Resolve(typeof(ServerJobs)));
            }
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }
}

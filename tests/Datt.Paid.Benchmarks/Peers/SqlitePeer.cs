using System.Diagnostics;
using System.Globalization;
using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Load;
using Microsoft.Data.Sqlite;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>
/// SQLite FTS5 with its Porter tokenizer and bm25, optimised after loading; a read-only connection and a prepared statement per thread.
/// </summary>
internal sealed class SqlitePeer(string path) : ISearchPeer
{
    private readonly string _file = Path.Combine(path, "records.db");
    private readonly List<SqliteConnection> _readers = [];
    private SqliteCommand[] _searches = [];

    public Stretch Index(IReadOnlyList<CorpusRecord> records, int threads)
    {
        File.Delete(_file);
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        using var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA cache_size=-200000; CREATE VIRTUAL TABLE record USING fts5(title, summary, tags, tokenize='porter')");
        using (var transaction = connection.BeginTransaction())
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = "INSERT INTO record(title, summary, tags) VALUES ($title, $summary, $tags)";
            var title = insert.Parameters.Add("$title", SqliteType.Text);
            var summary = insert.Parameters.Add("$summary", SqliteType.Text);
            var tags = insert.Parameters.Add("$tags", SqliteType.Text);
            foreach (var record in records)
            {
                title.Value = record.Title;
                summary.Value = record.Summary;
                tags.Value = string.Join(' ', record.Tags);
                insert.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        var took = new Stretch(
            records.Count, Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 0, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
        Execute(connection, "INSERT INTO record(record) VALUES ('optimize'); PRAGMA wal_checkpoint(TRUNCATE)");
        return took;
    }

    public void Open()
    {
        _searches = [.. Enumerable.Range(0, Math.Max(2, Environment.ProcessorCount)).Select(_ =>
        {
            var connection = new SqliteConnection($"Data Source={_file};Mode=ReadOnly;Pooling=False");
            connection.Open();
            Execute(connection, "PRAGMA mmap_size=2000000000; PRAGMA cache_size=-100000");
            _readers.Add(connection);
            var command = connection.CreateCommand();
            command.CommandText = "SELECT title FROM record WHERE record MATCH $query ORDER BY rank LIMIT 10";
            command.Parameters.Add("$query", SqliteType.Text);
            command.Prepare();
            return command;
        })];
    }

    public int Count(string query)
    {
        using var command = _readers[0].CreateCommand();
        command.CommandText = "SELECT count(*) FROM record WHERE record MATCH $query";
        command.Parameters.AddWithValue("$query", query);
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public Stretch Search(string[] queries, int threads, TimeSpan time) => LoadRun.Run(queries.Length, threads, time, (thread, item) =>
    {
        var command = _searches[thread];
        command.Parameters[0].Value = queries[item];
        using var reader = command.ExecuteReader();
        while (reader.Read())
            reader.GetString(0);
    });

    public void Dispose()
    {
        foreach (var command in _searches)
            command.Dispose();
        foreach (var reader in _readers)
            reader.Dispose();
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

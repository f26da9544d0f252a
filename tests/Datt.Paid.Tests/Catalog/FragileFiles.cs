using Datt.Paid.Catalog.Feed;

namespace Datt.Paid.Tests.Catalog;

/// <summary>
/// A disk that keeps only what was synced when the power goes, that can fail a sync for good (what it was to write never arrives, even if a later sync
/// succeeds), and that can be full. Works on real files; <see cref="Restore"/> puts them back to what the disk would hold.
/// </summary>
internal sealed class FragileFiles : FeedFiles
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Node> _durable = [];
    private readonly Dictionary<string, Node> _current = [];
    private bool _off;

    /// <summary>Operations until the power goes.</summary>
    public long OperationsLeft { get; set; } = long.MaxValue;

    /// <summary>Operations so far.</summary>
    public long Operations { get; private set; }

    /// <summary>Bytes until the disk is full.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>Syncs that fail from now on.</summary>
    public int SyncsToFail { get; set; }

    public bool IsOff => _off;

    public void CutPower()
    {
        lock (_gate)
            _off = true;
    }

    /// <summary>The disk after the power came back. What was not synced may be there in part.</summary>
    public void Restore(string root, Random random)
    {
        lock (_gate)
        {
            foreach (var path in Directory.GetFiles(root, "*", SearchOption.AllDirectories).Where(_current.ContainsKey))
            {
                _current[path].Unsynced = File.ReadAllBytes(path);
                File.Delete(path);
            }

            foreach (var directory in _durable.Keys.Concat(_current.Keys).Select(Path.GetDirectoryName).ToHashSet())
            {
                var names = random.Next(2) == 0 ? _durable : _current;
                foreach (var (path, node) in names.Where(n => Path.GetDirectoryName(n.Key) == directory))
                    File.WriteAllBytes(path, node.AfterCut(random));
            }
        }
    }

    public override FeedFile Create(string path)
    {
        lock (_gate)
        {
            Step();
            var file = Disk.Create(path);
            if (!_current.TryGetValue(path, out var node))
                _current[path] = node = new Node();
            return new FragileFile(this, node, file, path);
        }
    }

    public override FeedFile Open(string path)
    {
        lock (_gate)
        {
            Step();
            return new FragileFile(this, NodeAt(path), Disk.Open(path), path);
        }
    }

    public override void Move(string from, string to)
    {
        lock (_gate)
        {
            Step();
            var node = NodeAt(from);
            Disk.Move(from, to);
            _current.Remove(from);
            _current[to] = node;
        }
    }

    public override void Delete(string path)
    {
        lock (_gate)
        {
            Step();
            if (File.Exists(path))
                NodeAt(path);
            Disk.Delete(path);
            _current.Remove(path);
        }
    }

    public override void SyncDirectory(string path)
    {
        lock (_gate)
        {
            Step();
            foreach (var name in _durable.Keys.Where(n => Path.GetDirectoryName(n) == path).ToList())
                _durable.Remove(name);
            foreach (var (name, node) in _current.Where(n => Path.GetDirectoryName(n.Key) == path))
                _durable[name] = node;
        }
    }

    /// <summary>Directories are not what breaks here.</summary>
    public override void CreateDirectory(string path) => Directory.CreateDirectory(path);

    private Node NodeAt(string path)
    {
        if (!_current.TryGetValue(path, out var node))
            _current[path] = _durable[path] = node = new Node { Durable = File.ReadAllBytes(path) };
        return node;
    }

    private void Step()
    {
        Operations++;
        if (_off || --OperationsLeft < 0)
        {
            _off = true;
            throw new IOException("The power is off.");
        }
    }

    private sealed class Node
    {
        public byte[] Durable { get; set; } = [];

        public byte[] Unsynced { get; set; } = [];

        /// <summary>Bytes from here on were lost by a failed sync; -1 when none were.</summary>
        public long LostFrom { get; set; } = -1;

        public byte[] AfterCut(Random random)
        {
            if (Unsynced.Length <= Durable.Length || random.Next(2) == 0 || LostFrom >= 0)
                return Durable;
            // Some pages of what was appended arrived, others did not.
            var bytes = Unsynced[..random.Next(Durable.Length, Unsynced.Length + 1)];
            Durable.CopyTo(bytes, 0);
            if (bytes.Length > Durable.Length && random.Next(3) == 0)
                bytes.AsSpan(Durable.Length, random.Next(bytes.Length - Durable.Length)).Clear();
            return bytes;
        }
    }

    private sealed class FragileFile(FragileFiles files, Node node, FeedFile inner, string path) : FeedFile
    {
        public override long Length => inner.Length;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (files._gate)
            {
                files.Step();
                var fits = (int)Math.Min(files.Room, buffer.Length);
                inner.Write(buffer[..fits]);
                files.Room -= fits;
                if (fits < buffer.Length)
                    throw new IOException("No space left on device.", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
            }
        }

        public override void SetLength(long value)
        {
            lock (files._gate)
            {
                files.Step();
                inner.SetLength(value);
                if (value <= node.LostFrom)
                    node.LostFrom = -1;
            }
        }

        public override void Sync()
        {
            lock (files._gate)
            {
                files.Step();
                if (files.SyncsToFail > 0)
                {
                    files.SyncsToFail--;
                    node.LostFrom = node.LostFrom >= 0 ? node.LostFrom : node.Durable.Length;
                    throw new IOException("Input/output error.", 5);
                }

                using var read = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var bytes = new byte[read.Length];
                read.ReadExactly(bytes);
                if (node.LostFrom >= 0)
                    bytes.AsSpan((int)node.LostFrom).Clear();
                node.Durable = bytes;
            }
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

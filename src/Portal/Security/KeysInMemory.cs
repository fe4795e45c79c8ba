using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace MeshInsight.Portal.Security;

/// <summary>The keys of circuits and forms. Nothing they protect outlives the process, so none is left in anyone's home folder.</summary>
internal sealed class KeysInMemory : IXmlRepository
{
    private readonly Lock _lock = new();
    private readonly List<XElement> _keys = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_lock)
        {
            return [.. _keys.Select(key => new XElement(key))];
        }
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_lock)
        {
            _keys.Add(new(element));
        }
    }
}

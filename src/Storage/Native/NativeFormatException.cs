namespace MeshInsight.Storage.Native;

/// <summary>Bytes that are not the ClickHouse Native format, or a type this reader does not know.</summary>
internal sealed class NativeFormatException(string message, Exception? cause = null) : Exception(message, cause);

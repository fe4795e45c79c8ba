namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>ClickHouse's numbers for the errors we raise ourselves, with its names. The engine's own errors keep theirs.</summary>
/// <remarks>https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp</remarks>
internal enum ErrorCode
{
    BadArguments = 36,
    NotImplemented = 48,
    SyntaxError = 62,
    UnknownSetting = 115,
    Readonly = 164,
    TooManySimultaneousQueries = 202,
    SocketTimeout = 209,
    NetworkError = 210,
    QueryIsTooLarge = 223,
    ZlibInflateFailed = 354,
    SessionNotFound = 372,
    SessionIsLocked = 373,
    InvalidSessionTimeout = 374,
    UnknownCompressionMethod = 432,
    BrotliReadFailed = 476,
    AccessDenied = 497,
    AuthenticationFailed = 516,
    UnknownException = 1002,
}

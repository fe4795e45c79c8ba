namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>The HTTP status that a ClickHouse server answers for an error code; clients decide on retries by it.</summary>
/// <remarks>https://github.com/ClickHouse/ClickHouse/blob/master/src/Server/HTTP/exceptionCodeToHTTPStatus.cpp</remarks>
internal static class HttpStatus
{
    public static int Of(int errorCode) => errorCode switch
    {
        // Password required.
        194 => StatusCodes.Status401Unauthorized,
        // Unknown user, wrong password, authentication failed, role not granted, access denied.
        192 or 193 or 516 or 512 or 497 => StatusCodes.Status403Forbidden,
        // Bad arguments, and what cannot be parsed: text, escapes, quotes, assertion, dates, numbers, domains, IPs, UUIDs, regular expressions, columns, syntax.
        36 or 6 or 25 or 26 or 27 or 38 or 41 or 72 or 441 or 675 or 676 or 376 or 427 or 15 or 44 or 8 or 62 or 117 or 53 or 321 or 167 or 168 => StatusCodes.Status400BadRequest,
        // Unknown table, function, identifier, type, storage, database, setting, sort direction, aggregate, format, database engine, query type, role.
        60 or 46 or 47 or 50 or 56 or 81 or 115 or 63 or 73 or 336 or 78 or 511 => StatusCodes.Status404NotFound,
        223 => StatusCodes.Status413PayloadTooLarge,
        48 => StatusCodes.Status501NotImplemented,
        // Socket timeout, cannot open file, cannot schedule task.
        209 or 76 or 439 => StatusCodes.Status503ServiceUnavailable,
        381 => StatusCodes.Status411LengthRequired,
        159 => StatusCodes.Status408RequestTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };
}

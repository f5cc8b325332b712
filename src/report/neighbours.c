/*
 * neighbours: a table from the two ends' states to conn_state.
 */
#include "report/neighbours.h"

#include <stddef.h>
#include <string.h>

#define IN(state) (1u << ZEEK_##state)
#define ANY ((1u << ZEEK_STATE_N) - 1u)
#define NOT_OPEN (IN(INACTIVE) | IN(PARTIAL)) /* of which no opening was seen */

/* What else a row asks for. */
enum condition {
    ALWAYS,
    NO_PAYLOAD,  /* neither end sent a byte of payload */
    RST_AFTER_SYN, /* the client's RST follows its SYN, with nothing else of it in between */
};

struct row {
    unsigned client, server; /* sets of enum zeek_state */
    enum condition condition;
    const char *name;
};

/* The first row that fits. */
static const struct row rows[] = {
    /* the client is in                    the server is in  and */
    { IN(SYN_SENT) | IN(SYN_ACK_SENT),     IN(RESET),        ALWAYS,        "REJ" },
    { IN(RESET),                           IN(RESET),        NO_PAYLOAD,    "REJ" },
    { NOT_OPEN,                            IN(RESET),        ALWAYS,        "RSTRH" },
    { ANY,                                 IN(RESET),        ALWAYS,        "RSTR" },
    { IN(RESET),                           NOT_OPEN,         RST_AFTER_SYN, "RSTOS0" },
    { IN(RESET),                           NOT_OPEN,         ALWAYS,        "OTH" },
    { IN(RESET),                           ANY,              ALWAYS,        "RSTO" },
    { IN(CLOSED),                          IN(CLOSED),       ALWAYS,        "SF" },
    { IN(CLOSED),                          NOT_OPEN,         ALWAYS,        "SH" },
    { IN(CLOSED),                          ANY,              ALWAYS,        "S2" },
    { NOT_OPEN,                            IN(CLOSED),       ALWAYS,        "SHR" },
    { ANY,                                 IN(CLOSED),       ALWAYS,        "S3" },
    { IN(SYN_SENT),                        IN(INACTIVE),     ALWAYS,        "S0" },
    { IN(ESTABLISHED),                     IN(ESTABLISHED),  ALWAYS,        "S1" },
    { ANY,                                 ANY,              ALWAYS,        "OTH" },
};

/* The whole history is: a ^ or none, S, letters other than the client's H A F G I Q, R, and
 * whatever follows. */
static bool history_is_rst_after_syn(const char *history)
{
    if (*history == '^')
        history++;
    if (*history != 'S')
        return false;
    history++;
    history += strcspn(history, "HAFGIQR");
    return *history == 'R';
}

static bool condition_holds(enum condition condition, const struct summary *summary)
{
    switch (condition) {
    case NO_PAYLOAD:
        return summary->endpoints[CLIENT].payload_bytes == 0 &&
               summary->endpoints[SERVER].payload_bytes == 0;
    case RST_AFTER_SYN:
        return history_is_rst_after_syn(summary->zeek_history);
    case ALWAYS:
        break;
    }
    return true;
}

const char *neighbours_conn_state(const struct summary *summary)
{
    if (!summary->neighbours_known)
        return NULL;
    unsigned client = 1u << summary->zeek_states[CLIENT];
    unsigned server = 1u << summary->zeek_states[SERVER];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].client & client) && (rows[i].server & server) &&
            condition_holds(rows[i].condition, summary))
            return rows[i].name;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* By the rules of ESP-IDF's nvs_flash ("Internals" in its documentation): items are only added, behind what the page
   with the highest number holds. A page that is full is left as it is; where but one is free, what the emptiest holds
   moves to it. There is always a free one at the end. */
#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"
#include "image/nvs/nvs_edit_parts.h"

static uint8_t *page_of(const espbak_nvs_edit *edit, size_t page)
{
    return edit->bytes + page * ESPBAK_NVS_PAGE_SIZE;
}

static uint8_t *entry_of(const espbak_nvs_edit *edit, size_t page, size_t entry)
{
    return page_of(edit, page) + NVS_ENTRIES_AT + entry * NVS_ENTRY_SIZE;
}

static uint64_t unit_of(size_t page, size_t entry)
{
    return (uint64_t)page * ESPBAK_NVS_PAGE_SIZE + NVS_ENTRIES_AT + entry * NVS_ENTRY_SIZE;
}

static espbak_status get_entry(const espbak_nvs_edit *edit, size_t page, size_t entry, uint8_t out[NVS_ENTRY_SIZE],
                               espbak_error *err)
{
    memcpy(out, entry_of(edit, page, entry), NVS_ENTRY_SIZE);
    return edit->cipher == NULL ? ESPBAK_OK : xts_decrypt(edit->cipher, unit_of(page, entry), out, NVS_ENTRY_SIZE, err);
}

static espbak_status put_entry(const espbak_nvs_edit *edit, size_t page, size_t entry, const uint8_t in[NVS_ENTRY_SIZE],
                               espbak_error *err)
{
    uint8_t *to = entry_of(edit, page, entry);
    memcpy(to, in, NVS_ENTRY_SIZE);
    nvs_set_entry_state(page_of(edit, page), (unsigned)entry, NVS_ENTRY_WRITTEN);
    return edit->cipher == NULL ? ESPBAK_OK : xts_encrypt(edit->cipher, unit_of(page, entry), to, NVS_ENTRY_SIZE, err);
}

static bool is_used(espbak_nvs_page_state state)
{
    return state == ESPBAK_NVS_PAGE_ACTIVE || state == ESPBAK_NVS_PAGE_FULL || state == ESPBAK_NVS_PAGE_FREEING;
}

/* The page under way is the one with the highest number; edit->pages where none is used. */
static size_t last_page(const espbak_nvs_edit *edit)
{
    size_t last = edit->pages;
    for (size_t i = 0; i < edit->pages; i++) {
        const uint8_t *page = page_of(edit, i);
        if (is_used(nvs_page_state_of(page)) &&
            (last == edit->pages || bytes_get_le32(page + 4) > bytes_get_le32(page_of(edit, last) + 4)))
            last = i;
    }
    return last;
}

bool nvs_edit_is_old(const espbak_nvs_edit *edit)
{
    size_t used = 0, old = 0;
    for (size_t i = 0; i < edit->pages; i++) {
        const uint8_t *page = page_of(edit, i);
        used += is_used(nvs_page_state_of(page));
        old += is_used(nvs_page_state_of(page)) && page[8] == NVS_VERSION_1;
    }
    return used > 0 && old == used;
}

static size_t count_free(const espbak_nvs_edit *edit)
{
    size_t count = 0;
    for (size_t i = 0; i < edit->pages; i++)
        count += !is_used(nvs_page_state_of(page_of(edit, i)));
    return count;
}

static void erase_page(const espbak_nvs_edit *edit, size_t page)
{
    memset(page_of(edit, page), 0xFF, ESPBAK_NVS_PAGE_SIZE);
}

static espbak_status begin_page(espbak_nvs_edit *edit, size_t *begun, espbak_error *err)
{
    const size_t last = last_page(edit);
    const uint32_t number = last < edit->pages ? bytes_get_le32(page_of(edit, last) + 4) + 1 : 0;
    size_t at = 0;
    while (at < edit->pages && is_used(nvs_page_state_of(page_of(edit, at))))
        at++;
    if (at == edit->pages)
        return espbak_fail(err, ESPBAK_E_FILE, "this NVS has no free page, as a device needs one to open it");
    if (number == UINT32_MAX)
        return espbak_fail(err, ESPBAK_E_FILE, "the pages of this NVS have no further number");
    uint8_t *page = page_of(edit, at);
    erase_page(edit, at);
    bytes_put_le32(page, NVS_PAGE_WORD_ACTIVE);
    bytes_put_le32(page + 4, number);
    page[8] = edit->version;
    bytes_put_le32(page + NVS_HEADER_CRC_AT, crc32_esp(page + 4, NVS_HEADER_CRC_AT - 4));
    *begun = at;
    return ESPBAK_OK;
}

/* Behind the last entry that is not erased flash, whatever its state says: one may have been written halfway. */
static size_t first_free(const espbak_nvs_edit *edit, size_t page)
{
    const uint8_t *bytes = page_of(edit, page);
    size_t entry = ESPBAK_NVS_PAGE_ENTRIES;
    if (nvs_page_state_of(bytes) != ESPBAK_NVS_PAGE_ACTIVE)
        return entry;
    while (entry > 0 && nvs_entry_state(bytes, (unsigned)entry - 1) == NVS_ENTRY_EMPTY &&
           bytes_are_all(entry_of(edit, page, entry - 1), NVS_ENTRY_SIZE, 0xFF))
        entry--;
    return entry;
}

size_t nvs_edit_room(const espbak_nvs_edit *edit)
{
    const size_t last = last_page(edit);
    return last < edit->pages ? ESPBAK_NVS_PAGE_ENTRIES - first_free(edit, last) : 0;
}

/* The item whose first entry this is, or the next one of the page. */
static espbak_status next_of_page(espbak_nvs_edit *edit, nvs_edit_place *place, bool *found, espbak_error *err)
{
    const uint8_t *page = page_of(edit, place->page);
    *found = false;
    for (; place->entry < ESPBAK_NVS_PAGE_ENTRIES && !*found; place->entry += !*found) {
        if (nvs_entry_state(page, (unsigned)place->entry) != NVS_ENTRY_WRITTEN)
            continue;
        if (get_entry(edit, place->page, (size_t)place->entry, place->head, err) != ESPBAK_OK)
            return err->status;
        *found = nvs_entry_holds(place->head, (unsigned)place->entry);
    }
    return ESPBAK_OK;
}

espbak_status nvs_edit_next(espbak_nvs_edit *edit, nvs_edit_place *place, bool *found, espbak_error *err)
{
    espbak_status status = ESPBAK_OK;
    place->entry = place->entry == NVS_EDIT_NONE ? 0 : place->entry + place->head[2];
    for (*found = false; place->page < edit->pages; place->page++, place->entry = 0) {
        if (!is_used(nvs_page_state_of(page_of(edit, place->page))))
            continue;
        status = next_of_page(edit, place, found, err);
        if (status != ESPBAK_OK || *found)
            break;
    }
    return status;
}

void nvs_edit_erase(espbak_nvs_edit *edit, const nvs_edit_place *place)
{
    for (unsigned i = 0; i < place->head[2]; i++) {
        const unsigned entry = (unsigned)place->entry + i;
        nvs_set_entry_state(page_of(edit, place->page), entry, NVS_ENTRY_ERASED);
        memset(entry_of(edit, place->page, entry), 0, NVS_ENTRY_SIZE);
    }
}

static espbak_status move_items(espbak_nvs_edit *edit, size_t from, size_t to, espbak_error *err)
{
    nvs_edit_place place = {.page = from, .entry = 0};
    size_t at = 0;
    bool found = false;
    espbak_status status = next_of_page(edit, &place, &found, err);
    while (status == ESPBAK_OK && found) {
        for (unsigned i = 0; i < place.head[2] && status == ESPBAK_OK; i++) {
            uint8_t bytes[NVS_ENTRY_SIZE];
            status = get_entry(edit, from, (size_t)place.entry + i, bytes, err);
            if (status == ESPBAK_OK)
                status = put_entry(edit, to, at++, bytes, err);
        }
        place.entry += place.head[2];
        if (status == ESPBAK_OK)
            status = next_of_page(edit, &place, &found, err);
    }
    erase_page(edit, from);
    return status;
}

static size_t count_written(const uint8_t *page)
{
    size_t count = 0;
    for (unsigned i = 0; i < ESPBAK_NVS_PAGE_ENTRIES; i++)
        count += nvs_entry_state(page, i) == NVS_ENTRY_WRITTEN;
    return count;
}

/* The page that holds the fewest entries; edit->pages where all are full of them. */
static size_t emptiest_page(const espbak_nvs_edit *edit)
{
    size_t emptiest = edit->pages, least = ESPBAK_NVS_PAGE_ENTRIES;
    for (size_t i = 0; i < edit->pages; i++) {
        const uint8_t *page = page_of(edit, i);
        const size_t written = is_used(nvs_page_state_of(page)) ? count_written(page) : least;
        if (written < least) {
            least = written;
            emptiest = i;
        }
    }
    return emptiest;
}

espbak_status nvs_edit_turn_page(espbak_nvs_edit *edit, espbak_error *err)
{
    const size_t last = last_page(edit), free_pages = count_free(edit);
    size_t begun = 0;
    if (last < edit->pages)
        bytes_put_le32(page_of(edit, last), NVS_PAGE_WORD_FULL);
    if (free_pages >= 2)
        return begin_page(edit, &begun, err);
    const size_t emptiest = emptiest_page(edit);
    if (emptiest == edit->pages)
        return espbak_fail(err, ESPBAK_E_FILE, "there is no room left in this NVS");
    if (begin_page(edit, &begun, err) != ESPBAK_OK)
        return err->status;
    return move_items(edit, emptiest, begun, err);
}

espbak_status nvs_edit_append(espbak_nvs_edit *edit, uint8_t head[NVS_ENTRY_SIZE], const uint8_t *data, size_t size,
                              espbak_error *err)
{
    const size_t page = last_page(edit);
    size_t at = first_free(edit, page);
    bytes_put_le32(head + 4, nvs_entry_crc(head));
    espbak_status status = put_entry(edit, page, at++, head, err);
    for (size_t done = 0; done < size && status == ESPBAK_OK; done += NVS_ENTRY_SIZE) {
        uint8_t bytes[NVS_ENTRY_SIZE];
        memset(bytes, 0xFF, sizeof(bytes));
        memcpy(bytes, data + done, (size_t)bytes_min64(size - done, sizeof(bytes)));
        status = put_entry(edit, page, at++, bytes, err);
    }
    return status;
}

/* As a device finds it whose power went away while it moved what a page holds: the move begins anew. */
static espbak_status finish_move(espbak_nvs_edit *edit, size_t from, espbak_error *err)
{
    const size_t last = last_page(edit);
    size_t begun = 0;
    if (last != from && nvs_page_state_of(page_of(edit, last)) == ESPBAK_NVS_PAGE_ACTIVE)
        erase_page(edit, last);
    if (begin_page(edit, &begun, err) != ESPBAK_OK)
        return err->status;
    return move_items(edit, from, begun, err);
}

/* Entries whose beginning cannot be read take no part in a move, and are given up here, not then; what was written
   halfway as well, since nothing may be empty before what is written. */
static espbak_status give_up_damaged(espbak_nvs_edit *edit, size_t page, espbak_error *err)
{
    const bool goes_on = nvs_page_state_of(page_of(edit, page)) == ESPBAK_NVS_PAGE_ACTIVE;
    const size_t end = goes_on ? first_free(edit, page) : 0;
    for (unsigned i = 0; i < end; i++) {
        if (nvs_entry_state(page_of(edit, page), i) == NVS_ENTRY_EMPTY)
            nvs_set_entry_state(page_of(edit, page), i, NVS_ENTRY_ERASED);
    }
    for (unsigned i = 0; i < ESPBAK_NVS_PAGE_ENTRIES;) {
        nvs_edit_place place = {.page = page, .entry = (int)i};
        if (nvs_entry_state(page_of(edit, page), i) != NVS_ENTRY_WRITTEN) {
            i++;
            continue;
        }
        if (get_entry(edit, page, i, place.head, err) != ESPBAK_OK)
            return err->status;
        if (!nvs_entry_holds(place.head, i)) {
            place.head[2] = 1;
            nvs_edit_erase(edit, &place);
        }
        i += place.head[2];
    }
    return ESPBAK_OK;
}

/* The last item of the page under way; none where it holds none. */
static espbak_status find_last(espbak_nvs_edit *edit, nvs_edit_place *last, bool *found, espbak_error *err)
{
    nvs_edit_place place = {.page = last_page(edit), .entry = 0};
    espbak_status status = ESPBAK_OK;
    bool more = place.page < edit->pages;
    *found = false;
    while (more) {
        status = next_of_page(edit, &place, &more, err);
        if (status != ESPBAK_OK || !more)
            break;
        *last = place;
        *found = true;
        place.entry += place.head[2];
    }
    return status;
}

/* The power went when a new item was written and the one that it replaces was not yet given up. */
static espbak_status give_up_replaced(espbak_nvs_edit *edit, espbak_error *err)
{
    nvs_edit_place last, place = {.entry = NVS_EDIT_NONE};
    bool found = false;
    espbak_status status = find_last(edit, &last, &found, err);
    while (status == ESPBAK_OK && found) {
        status = nvs_edit_next(edit, &place, &found, err);
        if (status != ESPBAK_OK || !found)
            break;
        const bool itself = place.page == last.page && place.entry == last.entry;
        const bool same_type = place.head[1] == last.head[1] ||
                               (place.head[1] == ESPBAK_NVS_BLOB && last.head[1] == ESPBAK_NVS_BLOB_INDEX);
        if (!itself && same_type && place.head[0] == last.head[0] && place.head[3] == last.head[3] &&
            memcmp(place.head + NVS_KEY_AT, last.head + NVS_KEY_AT, ESPBAK_NVS_NAME_MAX) == 0)
            nvs_edit_erase(edit, &place);
    }
    return status;
}

espbak_status nvs_edit_mend(espbak_nvs_edit *edit, espbak_error *err)
{
    size_t moving = edit->pages;
    for (size_t i = 0; i < edit->pages; i++) {
        const espbak_nvs_page_state state = nvs_page_state_of(page_of(edit, i));
        if (is_used(state) && give_up_damaged(edit, i, err) != ESPBAK_OK)
            return err->status;
        if (state == ESPBAK_NVS_PAGE_FREEING && moving == edit->pages)
            moving = i;
    }
    const espbak_status status = moving < edit->pages ? finish_move(edit, moving, err) : ESPBAK_OK;
    return status == ESPBAK_OK ? give_up_replaced(edit, err) : status;
}
